"""Back office: the rates of tax by country."""

from django.contrib import admin

from showfloor.accounts.admin_base import BrandAdmin
from showfloor.accounts.models import Role
from showfloor.pricing.models import TaxRate


@admin.register(TaxRate)
class TaxRateAdmin(BrandAdmin):
    """Rates that differ from the brand's own."""

    view_roles = (Role.PRODUCER,)
    edit_roles = ()
    list_display = ("country", "tax_class", "rate_bp", "source")
    list_filter = ("tax_class",)
    search_fields = ("country",)
    fields = ("brand", ("country", "tax_class"), "rate_bp")
    export_columns = (
        ("country", "country"), ("class", "tax_class"), ("rate_bp", "rate_bp"),
        ("source", "source"),
    )  # fmt: skip

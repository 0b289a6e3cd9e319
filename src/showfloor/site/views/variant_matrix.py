"""The back office's page of a product's variants as a table."""

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from showfloor.accounts import permissions
from showfloor.accounts.admin_base import brand_ids
from showfloor.accounts.models import Role, User
from showfloor.accounts.permissions import StaffPageRequest
from showfloor.catalogue.models import Product
from showfloor.site import variant_matrix


@permissions.staff_page(Role.PRODUCER)
def matrix_page(request: StaffPageRequest, product_id: str, site: AdminSite) -> HttpResponse:
    """Show the table; write it where *Save* was pressed and nothing is wrong."""
    rows = Product.objects.for_brands(brand_ids(request, (Role.PRODUCER,)))
    product = rows.select_related("brand").filter(pk=product_id).first()
    if product is None:
        raise Http404(_("There is no such thing here."))
    typed = {name: str(value).strip() for name, value in request.POST.items()}
    page = variant_matrix.MatrixPage(product, typed if request.method == "POST" else None)
    sheet = page.sheet()
    if "save" in typed:
        assert isinstance(request.user, User), "a page of staff"
        if page.save(sheet, request.user):
            messages.success(request, _("The variants were saved."))
            return HttpResponseRedirect(request.path)
    context = {
        **site.each_context(request),
        "title": _("Variants of %(name)s") % {"name": product.name},
        "opts": Product._meta,
        "original": product,
        "product_url": reverse("admin:catalogue_product_change", args=[product.pk]),
        **variant_matrix.context(page, sheet, typed),
    }
    status = 422 if sheet.errors else 200
    return TemplateResponse(
        request, "admin/catalogue/product/variants.html", context, status=status
    )

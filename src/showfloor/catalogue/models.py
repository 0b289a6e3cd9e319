"""Tables of the catalogue: products, their variants and prices, and imports."""

from typing import Any, override

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.catalogue.facts import ProductFacts, VariantFacts
from showfloor.catalogue.tax_classes import TaxClass

SWATCH = RegexValidator(
    r"^#[0-9a-fA-F]{6}\Z", _("Write the colour as # and six hexadecimal digits.")
)


class Category(BrandOwned):
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta(BrandOwned.Meta):
        ordering = ["position", "name"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.UniqueConstraint(fields=["brand", "name"], name="category_name_unique")
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Product(BrandOwned, ProductFacts):
    """`reference` is the shop's own id of the product (Shopify's handle, the feed's group id)."""

    reference = models.CharField(_("reference"), max_length=120)
    name = models.CharField(_("name"), max_length=200)
    vendor = models.CharField(_("vendor"), max_length=120, blank=True)
    description = models.TextField(_("description"), blank=True)  # sanitised HTML
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="products",
        verbose_name=_("category"),
    )  # fmt: skip
    public_url = models.URLField(_("address in the shop"), max_length=500, blank=True)
    tax_class = models.CharField(
        _("tax"), max_length=16, choices=TaxClass, default=TaxClass.STANDARD
    )
    image = models.ImageField(_("picture"), upload_to="products", blank=True)
    image_source_url = models.URLField(max_length=500, blank=True)  # where the import found it
    image_attempts = models.PositiveSmallIntegerField(default=0, editable=False)  # to fetch it
    image_error = models.CharField(max_length=200, blank=True, editable=False)  # of the last one
    option_names: Any = models.JSONField(
        _("option names"), default=list, blank=True
    )  # ["Shade", "Size"]
    published = models.BooleanField(_("published"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(BrandOwned.Meta):
        ordering = ["name"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(fields=["brand", "reference"], name="product_reference_unique")
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Variant(BrandOwned, VariantFacts):
    """One combination of options that can be put into a cart, with its own SKU."""

    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="variants", verbose_name=_("product")
    )
    sku = models.CharField(_("SKU"), max_length=120)
    options: Any = models.JSONField(_("options"), default=dict, blank=True)  # {"Shade": "Rosé"}
    image = models.ImageField(_("picture"), upload_to="variants", blank=True)
    image_source_url = models.URLField(max_length=500, blank=True)
    image_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    image_error = models.CharField(max_length=200, blank=True, editable=False)
    position = models.PositiveIntegerField(_("position"), default=0)
    weight_g = models.PositiveIntegerField(
        _("weight, grams"), null=True, blank=True,
        help_text=_("With its packing, for the price of sending it."),
    )  # fmt: skip
    barcode = models.CharField(_("barcode"), max_length=64, blank=True)
    swatch = models.CharField(
        _("colour"), max_length=7, blank=True, validators=[SWATCH],
        help_text=_("Of the shade, for example #8a2f4b. Without one, its picture is shown."),
    )  # fmt: skip
    archived = models.BooleanField(
        _("archived"), default=False, help_text=_("Not listed and not sold; kept for its orders.")
    )

    class Meta(BrandOwned.Meta):
        ordering = ["position"]
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints = [models.UniqueConstraint(fields=["brand", "sku"], name="variant_sku_unique")]

    @override
    def __str__(self) -> str:
        return self.sku


class Price(BrandScoped):
    """A variant's price in one currency: tax-inclusive, in minor units."""

    brand_path = "variant__brand"

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="prices")
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.PositiveBigIntegerField(_("price, minor units"))
    compare_at = models.PositiveBigIntegerField(
        _("price before, minor units"), null=True, blank=True
    )

    class Meta(BrandScoped.Meta):
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.UniqueConstraint(fields=["variant", "currency"], name="price_currency_unique"),
            models.CheckConstraint(
                condition=Q(compare_at__isnull=True) | Q(compare_at__gt=models.F("amount")),
                name="price_before_is_higher",
                violation_error_message=_("The price before must be higher than the price."),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class ImportState(models.TextChoices):
    WAITING = "waiting", _("Waits to be read")
    READING = "reading", _("Being read")
    READ = "read", _("Waits for your word")
    CONFIRMED = "confirmed", _("Waits to be imported")
    IMPORTING = "importing", _("Being imported")
    DONE = "done", _("Imported")
    FAILED = "failed", _("Failed")
    DISCARDED = "discarded", _("Discarded")


class ImportJob(BrandOwned):
    """A product file that staff brought: first read, and imported once they agree with how it was
    understood. The file lies in the data folder until then (`importing.jobs`)."""

    created_at = models.DateTimeField(_("at"), auto_now_add=True)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    language = models.CharField(max_length=10, default="en")  # of the report
    file_name = models.CharField(_("file"), max_length=200)
    decimal_sign = models.CharField(max_length=1, blank=True)
    counted = models.BooleanField(default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState, default=ImportState.WAITING
    )
    report: Any = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    touched_at = models.DateTimeField(null=True)  # by the process that works on it
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta(BrandOwned.Meta):
        ordering = ["-created_at", "-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    @override
    def __str__(self) -> str:
        return self.file_name

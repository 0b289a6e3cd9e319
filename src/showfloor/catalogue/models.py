"""Tables of the catalogue: products, their variants and prices, and imports."""

import itertools
from collections.abc import Iterator
from typing import Any, override

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandOwnedIndexed, BrandScoped
from showfloor.catalogue import price_models
from showfloor.catalogue.bulk_models import BulkEdit as BulkEdit
from showfloor.catalogue.bulk_models import EditedProduct as EditedProduct
from showfloor.catalogue.facts import ProductFacts, VariantFacts
from showfloor.catalogue.feed_models import Feed as Feed
from showfloor.catalogue.import_models import ImportJob as ImportJob
from showfloor.catalogue.import_models import ImportState as ImportState
from showfloor.catalogue.price_models import PriceChange as PriceChange
from showfloor.catalogue.tax_classes import TaxClass
from showfloor.kernel.clock import utc_now

SLUG_CHARS = 70  # of a name; a number follows where it is taken
SWATCH = RegexValidator(
    r"^#[0-9a-fA-F]{6}\Z", _("Write the colour as # and six hexadecimal digits.")
)


class SeoFields(models.Model):
    """What search engines read of a public page."""

    seo_title = models.CharField(
        _("title for search engines"), max_length=120, blank=True,
        help_text=_("Empty: the name."),
    )  # fmt: skip
    seo_description = models.CharField(
        _("description for search engines"), max_length=320, blank=True,
        help_text=_("Empty: the beginning of the description."),
    )  # fmt: skip

    class Meta:
        abstract = True


class Category(BrandOwned, SeoFields):
    """A category of the brand's tree; `parent` is the one above it."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(
        _("address"), max_length=80, blank=True, db_index=False,
        help_text=_("The end of its page's address. Empty: made of the name."),
    )  # fmt: skip
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.RESTRICT, related_name="children",
        verbose_name=_("belongs to"),
    )  # fmt: skip
    description = models.TextField(_("description"), max_length=4000, blank=True)
    published = models.BooleanField(_("published"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta(BrandOwned.Meta):
        ordering = ["position", "name"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "name"], condition=Q(parent__isnull=True),
                name="category_name_unique",
            ),
            models.UniqueConstraint(fields=["parent", "name"], name="category_name_below"),
            models.UniqueConstraint(fields=["brand", "slug"], name="category_slug_unique"),
        ]  # fmt: skip

    @override
    def __str__(self) -> str:
        return self.name

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.slug:
            self.slug = self._free_slug()
        super().save(*args, **kwargs)

    def _free_slug(self) -> str:
        wanted = slugify(self.name)[:SLUG_CHARS] or "category"
        rows = Category.objects.for_brand(self.brand_id).exclude(pk=self.pk)
        taken = set(rows.filter(slug__startswith=wanted).values_list("slug", flat=True))
        return next(one for one in _numbered(wanted) if one not in taken)


def _numbered(slug: str) -> Iterator[str]:
    yield slug
    yield from (f"{slug}-{number}" for number in itertools.count(2))


class Condition(models.TextChoices):
    """The conditions of goods that schema.org and product feeds know."""

    NEW = "new", _("New")
    REFURBISHED = "refurbished", _("Refurbished")
    USED = "used", _("Used")


class Product(BrandOwnedIndexed, SeoFields, ProductFacts):
    """`reference` is the shop's own id of the product (Shopify's handle, the feed's group id)."""

    reference = models.CharField(_("reference"), max_length=120)
    name = models.CharField(_("name"), max_length=200)
    vendor = models.CharField(_("vendor"), max_length=120, blank=True)
    description = models.TextField(_("description"), blank=True)  # sanitised HTML
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="products",
        verbose_name=_("category"),
    )  # fmt: skip
    also_in: Any = models.ManyToManyField(
        Category, blank=True, related_name="more_products", verbose_name=_("further categories")
    )
    slug = models.SlugField(
        _("address"), max_length=80, blank=True, db_index=False,
        help_text=_("The end of its page's address. Empty: its reference."),
    )  # fmt: skip
    condition = models.CharField(
        _("condition"), max_length=12, choices=Condition, default=Condition.NEW
    )
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
    is_sent = models.BooleanField(
        _("goods to send"), default=True, db_default=True,
        help_text=_(
            "Off for downloads and tickets: a cart of nothing else asks for no way of sending and"
            " no street."
        ),
    )  # fmt: skip
    # The feed that named it last; `missing_since`: when a feed hid it that lacks it or says so.
    feed = models.ForeignKey(
        Feed, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    missing_since = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(BrandOwnedIndexed.Meta):
        ordering = ["name"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(fields=["brand", "reference"], name="product_reference_unique"),
            models.UniqueConstraint(
                fields=["brand", "slug"], condition=~Q(slug=""), name="product_slug_unique"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Variant(BrandOwnedIndexed, VariantFacts):
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

    class Meta(BrandOwnedIndexed.Meta):
        ordering = ["position"]
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints = [models.UniqueConstraint(fields=["brand", "sku"], name="variant_sku_unique")]

    @override
    def __str__(self) -> str:
        return self.sku


class OptionValue(BrandScoped):
    """A value of an option of one product: its place and its look. A value without a row stands
    after those with one, and looks like its variants."""

    brand_path = "product__brand"

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="option_values")
    option = models.CharField(_("option"), max_length=60)  # "Shade"
    value = models.CharField(_("value"), max_length=80)  # "Rosé"
    position = models.PositiveIntegerField(_("position"), default=0)
    swatch = models.CharField(_("colour"), max_length=7, blank=True, validators=[SWATCH])
    image = models.ImageField(_("picture"), upload_to="swatches", blank=True)

    class Meta(BrandScoped.Meta):
        ordering = ["option", "position", "value"]
        verbose_name = _("option value")
        verbose_name_plural = _("option values")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "option", "value"], name="option_value_unique"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.option}: {self.value}"


class ProductMedium(BrandScoped):
    """A further picture of a product or of one of its variants, or the address of a film."""

    brand_path = "product__brand"

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="media")
    variant = models.ForeignKey(
        Variant, null=True, blank=True, on_delete=models.CASCADE, related_name="media",
        verbose_name=_("variant"),
    )  # fmt: skip
    image = models.ImageField(_("picture"), upload_to="products", blank=True)
    video_url = models.URLField(_("address of a film"), max_length=500, blank=True)
    source_url = models.URLField(max_length=500, blank=True, editable=False)  # of an import
    alt = models.CharField(
        _("description of the picture"), max_length=200, blank=True,
        help_text=_("For people who do not see it. Empty: the product's name."),
    )  # fmt: skip
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta(BrandScoped.Meta):
        ordering = ["position", "pk"]
        verbose_name = _("picture or film")
        verbose_name_plural = _("pictures and films")
        constraints = [
            models.CheckConstraint(
                condition=~Q(image="") | ~Q(video_url=""), name="medium_is_something",
                violation_error_message=_("Choose a picture, or enter the address of a film."),
            )
        ]  # fmt: skip

    @override
    def __str__(self) -> str:
        return self.alt or str(self.position)


class WantedPicture(BrandScoped):
    """The address of a further picture that an import named. Once fetched, it is a
    `ProductMedium`."""

    brand_path = "product__brand"

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    url = models.URLField(max_length=500)
    position = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["product", "url"], name="wanted_picture_unique")
        ]
        indexes = [models.Index(fields=["attempts", "id"], name="wanted_picture_next")]

    @override
    def __str__(self) -> str:
        return self.url


class Price(BrandScoped):
    """A variant's price in one currency, in minor units. `services.write_prices` writes it and its
    history; `save` and `delete` keep the history, too."""

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

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        of_variant = Price.objects.all_brands().filter(pk=self.pk)
        before = of_variant.values_list("currency", "amount", "compare_at").first()
        super().save(*args, **kwargs)
        if before is not None and before[0] != self.currency:
            gone = Price(variant=self.variant, currency=before[0])
            price_models.record([gone], utc_now(), are_gone=True)
        if before != (self.currency, self.amount, self.compare_at):
            price_models.record([self], utc_now())

    @override
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        price_models.record([self], utc_now(), are_gone=True)
        return super().delete(*args, **kwargs)

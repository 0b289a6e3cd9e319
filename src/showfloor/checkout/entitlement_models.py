"""Tables of entitlements: what a product grants, what an order has granted, what was taken back."""

from functools import cache
from typing import override

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.kernel.ids import new_id


class EntitlementKind(models.TextChoices):
    """The rights that a product can grant."""

    ATTEND = "attend", _("Attend a show")
    WATCH = "watch", _("Watch a replay")
    DOWNLOAD = "download", _("Download a file")


@cache
def sold_files() -> FileSystemStorage:
    """Return the folder of files that are sold; no address leads there."""
    return FileSystemStorage(settings.SHOWFLOOR.data_dir / "sold-files")


def _sold_file_name(row: "DownloadFile", _given: str) -> str:
    return f"{row.brand_id}/{new_id()}"


class DownloadFile(BrandOwned):
    """A file that is sold. Rights name it by its name."""

    name = models.CharField(
        _("name"), max_length=120,
        validators=[RegexValidator(r"^[^/\\\x00-\x1f\x7f]+$", _("A name has no slash."))],
        help_text=_("Buyers get the file under this name, for example pattern.pdf."),
    )  # fmt: skip
    content = models.FileField(
        _("file"), upload_to=_sold_file_name, storage=sold_files, max_length=120
    )
    bytes = models.PositiveBigIntegerField(_("size in bytes"), default=0, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta(BrandOwned.Meta):
        ordering = ["name"]
        verbose_name = _("file to download")
        verbose_name_plural = _("files to download")
        constraints = [
            models.UniqueConstraint(fields=["brand", "name"], name="download_file_name_once")
        ]

    @override
    def __str__(self) -> str:
        return self.name


class ProductGrant(BrandOwned):
    """A right that each sold unit of a product grants: to one show, or to one file by its name.
    `variant`: the one of its variants whose units grant it; None: all of them."""

    product = models.ForeignKey(
        "catalogue.Product", on_delete=models.CASCADE, related_name="grants",
        verbose_name=_("product"),
    )  # fmt: skip
    variant = models.ForeignKey(
        "catalogue.Variant", null=True, blank=True, on_delete=models.CASCADE, related_name="+",
        verbose_name=_("variant"), help_text=_("Empty: each variant of the product."),
    )  # fmt: skip
    kind = models.CharField(_("right"), max_length=10, choices=EntitlementKind)
    show = models.ForeignKey(
        "shows.Show", null=True, blank=True, on_delete=models.CASCADE, related_name="+",
        verbose_name=_("show"),
    )  # fmt: skip
    file = models.CharField(
        _("file"), max_length=120, blank=True,
        help_text=_("Its name among the files to download, or on a server of yours."),
    )  # fmt: skip
    days = models.PositiveIntegerField(
        _("days"), null=True, blank=True, help_text=_("From the purchase on. Empty: for ever.")
    )

    class Meta(BrandOwned.Meta):
        verbose_name = _("right of a product")
        verbose_name_plural = _("rights of products")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="download", show__isnull=True) & ~Q(file="")
                | Q(kind__in=["attend", "watch"], show__isnull=False, file=""),
                name="grant_has_its_target",
                violation_error_message=_("Choose a show to attend or watch, or name a file."),
            )
        ]

    @override
    def __str__(self) -> str:
        return str(EntitlementKind(self.kind).label) if self.kind else ""


class Entitlement(BrandOwned):
    """The right of one person to attend, watch or download; `order_line` is its source. It ends
    with `until`, or when all of its units were taken back."""

    owner = models.CharField(max_length=64)  # a viewer token's `sub`
    kind = models.CharField(_("right"), max_length=10, choices=EntitlementKind)
    target = models.CharField(max_length=120)  # the show's id, or the file's name
    title = models.CharField(_("name"), max_length=200)  # as people know it
    order_line = models.ForeignKey(
        "checkout.OrderLine", on_delete=models.CASCADE, related_name="entitlements"
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    downloads = models.PositiveIntegerField(_("downloads begun"), default=0, db_default=0)
    granted_at = models.DateTimeField(_("granted at"))
    until = models.DateTimeField(_("until"), null=True)

    class Meta(BrandOwned.Meta):
        verbose_name = _("entitlement")
        verbose_name_plural = _("entitlements")
        constraints = [
            models.UniqueConstraint(
                fields=["order_line", "kind", "target"], name="entitlement_of_line_once"
            )
        ]
        indexes = [models.Index(fields=["brand", "owner"], name="entitlement_of_owner")]

    @override
    def __str__(self) -> str:
        return self.title


class EntitlementRevocation(BrandScoped):
    """Units of an entitlement that were taken back, once for each source: a refund or a cancelled
    order."""

    brand_path = "entitlement__brand"

    entitlement = models.ForeignKey(
        Entitlement, on_delete=models.CASCADE, related_name="revocations"
    )
    source = models.CharField(max_length=80)
    quantity = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement", "source"], name="entitlement_taken_back_once"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"-{self.quantity}"

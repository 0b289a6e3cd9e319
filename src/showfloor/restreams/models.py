"""The tables of restreams: a brand's destinations, and the shows that are sent there."""

from typing import override

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.media.rtmp.target import ADDRESS_CHARS_MAX, parse_target

_WRONG_ADDRESS = gettext_noop(
    "An address begins with rtmps:// or rtmp:// and names a host and an application, like "
    "rtmps://live.example.com/app."
)


def check_address(address: str) -> None:
    """Raise ValidationError for what is no address of an RTMP server."""
    try:
        parse_target(address, "")
    except ValueError:
        raise ValidationError(gettext(_WRONG_ADDRESS), code="address") from None


class RestreamDestination(BrandOwned):
    """A foreign server that takes shows of this brand. Its key is stored sealed."""

    name = models.CharField(_("name"), max_length=60)
    address = models.CharField(
        _("address"), max_length=ADDRESS_CHARS_MAX, validators=[check_address],
        help_text=_("The server's address without the key: rtmps://… or rtmp://…"),
    )  # fmt: skip
    sealed_key = models.TextField(blank=True, editable=False)

    class Meta(BrandOwned.Meta):
        ordering = ["name", "pk"]
        verbose_name = _("restream destination")
        verbose_name_plural = _("restream destinations")

    @override
    def __str__(self) -> str:
        return self.name


class Restream(BrandScoped):
    """A show that is sent to a destination for as long as it is live. The row is there while the
    people of the show want it."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    destination = models.ForeignKey(
        RestreamDestination, on_delete=models.CASCADE, related_name="restreams"
    )

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["show", "destination"], name="restream_once")
        ]

"""The tables of the media room: where a show's media goes in."""

from django.db import models

from showfloor.accounts.scoping import BrandOwned, BrandScoped


class Channel(BrandOwned):
    """A show's way in for media, and the folder of its recording (named by the channel's id).

    The stream key itself is not stored: it is derived from the installation's secret, the channel
    and `key_version`, so staff can see it again and a stolen database reveals nothing.
    """

    key_version = models.PositiveIntegerField(default=1)
    key_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of the stream key

    class Meta(BrandOwned.Meta):
        pass


class RetiredKey(BrandScoped):
    """A stream key that was replaced, by its hash: an encoder that still sends it is told apart
    from a stranger. The last few of each channel are kept."""

    brand_path = "channel__brand"

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="retired_keys")
    key_hash = models.CharField(max_length=64, unique=True)
    key_version = models.PositiveIntegerField()

    class Meta(BrandScoped.Meta):
        pass

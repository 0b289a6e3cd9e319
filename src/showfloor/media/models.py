"""The tables of the media room: channels, their leases and their retired stream keys."""

from django.db import models

from showfloor.accounts.scoping import BrandOwned, BrandScoped


class Channel(BrandOwned):
    """The ingest channel of a show; its id names the folder of the show's recording.

    The stream key itself is not stored: it is derived from the installation's secret, the channel
    and `key_version`, so staff can see it again and a stolen database reveals nothing.
    """

    key_version = models.PositiveIntegerField(default=1)
    key_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of the stream key
    srt_port = models.PositiveIntegerField(null=True, blank=True, unique=True)  # null: no SRT
    chosen_source = models.CharField(max_length=10, default="", blank=True)  # empty: the failover's

    class Meta(BrandOwned.Meta):
        pass


class RetiredKey(BrandScoped):
    """The hash of a stream key that was replaced.

    With it an encoder that still sends the old key is told apart from a stranger. The last few of
    each channel are kept.
    """

    brand_path = "channel__brand"

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="retired_keys")
    key_hash = models.CharField(max_length=64, unique=True)
    key_version = models.PositiveIntegerField()

    class Meta(BrandScoped.Meta):
        pass


class ChannelLease(BrandScoped):
    """The process that takes a channel's media, until `expires_at` of the database's clock."""

    brand_path = "channel__brand"

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="lease")
    owner = models.CharField(max_length=64)
    address = models.CharField(max_length=200, default="", blank=True)  # where edges reach it
    expires_at = models.DateTimeField()

    class Meta(BrandScoped.Meta):
        pass

"""The verbs of a show's ingest channel and its stream key.

A stream key is derived, not stored: HMAC-SHA256 of the channel's id and key version under the
installation's secret. The database holds only its hash, which a publisher is checked against.
After a change of SHOWFLOOR_SECRET_KEY, keys in use are still accepted (their hash stands). They are
shown while the old secret is in SHOWFLOOR_SECRET_KEY_PREVIOUS; after that, rotate to see a key.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import IntegrityError, transaction

from showfloor.accounts import access_changes
from showfloor.accounts.models import AccessChangeKind, Brand
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.keys import KEY_CHARS_MAX, derive
from showfloor.media.models import Channel, RetiredKey
from showfloor.media.source_role import SourceRole

RETIRED_KEYS_MAX = 8  # of one channel


def on_rotation(listener: Callable[[str], object]) -> Callable[[], None]:
    """Call `listener` with the id of each channel whose key is rotated, by any process.

    The call comes on any thread. The result unsubscribes.
    """
    return access_changes.on(AccessChangeKind.ROTATED, lambda change: listener(change.subject))


def create_channel(brand: Brand) -> Channel:
    channel = Channel(brand=brand)
    channel.key_hash = _hash(_derive(settings.SECRET_KEY, channel))
    channel.save()
    return channel


def stream_key(channel: Channel) -> str | None:
    """Return the channel's key; None when its secret is gone (a rotation makes a new key)."""
    secret = _secret_of(channel)
    return _derive(secret, channel) if secret is not None else None


def srt_passphrase(channel: Channel) -> str | None:
    """Return the pass phrase of the channel's encoder by SRT, which changes with its key; None when
    its secret is gone."""
    secret = _secret_of(channel)
    if secret is None:
        return None
    return derive(secret, f"srt:{channel.pk}:{channel.key_version}")


def take_srt_port(channel: Channel, first: int, last: int) -> int | None:
    """Give the channel its own UDP port of this range, in the caller's transaction; return None
    when none is free. A port that another show takes at this moment is passed over."""
    if channel.srt_port is not None and first <= channel.srt_port <= last:
        return channel.srt_port
    rows = Channel.objects.all_brands().filter(srt_port__isnull=False)
    taken = set(rows.values_list("srt_port", flat=True))
    before = channel.srt_port
    for port in range(first, last + 1):
        if port in taken:
            continue
        channel.srt_port = port
        try:
            with transaction.atomic():
                channel.save(update_fields=["srt_port"])
        except IntegrityError:  # it waited for the other's commit, and the port is unique
            channel.srt_port = before
            continue
        return port
    return None


def free_srt_ports(channel_ids: Sequence[str]) -> None:
    """Take the ports of these channels back, in the caller's transaction."""
    Channel.objects.all_brands().filter(pk__in=channel_ids).update(srt_port=None)


@verb
def rotate_key(channel: Channel) -> str:
    """Make a new key. From the commit on the old one is rejected, and its publisher is cut."""
    with write():
        locked = Channel.objects.for_brand(channel.brand_id).select_for_update().get(pk=channel.pk)
        _retire(locked)
        locked.key_version += 1
        key = _derive(settings.SECRET_KEY, locked)
        locked.key_hash = _hash(key)
        locked.save(update_fields=["key_version", "key_hash"])
        access_changes.record(AccessChangeKind.ROTATED, locked.brand_id, locked.pk)
    channel.key_version, channel.key_hash = locked.key_version, locked.key_hash
    return key


def find_channel_by_key(key: str) -> Channel | None:
    """Return the channel that `key` opens; a look-up by hash, so timing tells nothing of keys."""
    if not 0 < len(key) <= KEY_CHARS_MAX:
        return None
    return Channel.objects.all_brands().filter(key_hash=_hash(key)).first()


def channel_of_retired_key(key: str) -> str | None:
    """Return the id of the channel that `key` opened before a rotation; None for a stranger's."""
    if not 0 < len(key) <= KEY_CHARS_MAX:
        return None
    found = RetiredKey.objects.all_brands().filter(key_hash=_hash(key))
    return found.values_list("channel_id", flat=True).first()


def chosen_source(channel_id: str) -> SourceRole | None:
    """Return the source that a person wants on air; None leaves it to the failover."""
    channels = Channel.objects.all_brands().filter(pk=channel_id)
    chosen = channels.values_list("chosen_source", flat=True).first()
    return SourceRole(chosen) if chosen else None


def choose_source(channel: Channel, role: SourceRole | None) -> None:
    """Store which source shall be on air, in the caller's transaction; its notice tells the process
    that takes the channel."""
    Channel.objects.for_brand(channel.brand_id).filter(pk=channel.pk).update(
        chosen_source=role or ""
    )


def _retire(channel: Channel) -> None:
    """Remember the key that is being replaced, and forget the oldest."""
    rows = RetiredKey.objects.for_brand(channel.brand_id).filter(channel=channel)
    version = channel.key_version
    RetiredKey(channel=channel, key_hash=channel.key_hash, key_version=version).save()
    rows.filter(key_version__lte=version - RETIRED_KEYS_MAX).delete()


def _secret_of(channel: Channel) -> str | None:
    """Return the secret that the channel's key was made with; None when it is gone."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if hmac.compare_digest(_hash(_derive(secret, channel)), channel.key_hash):
            return secret
    return None


def _derive(secret: str, channel: Channel) -> str:
    return derive(secret, f"stream-key:{channel.pk}:{channel.key_version}")


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()

"""The leases of channels: which process takes a channel's media, until when.

Several processes may take streams. A lease names the one whose media stands; another one gets it
when it was released or has expired. All times are the database's: the clocks of two machines
differ. Each change is one conditional update, so of two that want a lease one gets it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.db.models import DateTimeField, ExpressionWrapper, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from showfloor.accounts.transactions import verb, write
from showfloor.media.models import ChannelLease

LEASE_TTL: Final = timedelta(seconds=15)
RENEW_EVERY_S: Final = 5.0


@verb
def take(channel_id: str, owner: str, address: str = "") -> bool:
    """Take the channel's lease, or renew one's own; return False when another has it.

    `address`: `http://host:port` at which edges reach the owner; empty if they know it.
    """
    with write():
        rows = _of([channel_id])
        free = rows.filter(Q(owner=owner) | Q(expires_at__lte=Now()))
        if free.update(owner=owner, address=address, expires_at=_expiry()):
            return True
        lease = ChannelLease(
            channel_id=channel_id, owner=owner, address=address, expires_at=_expiry()
        )
        ChannelLease.objects.all_brands().bulk_create([lease], ignore_conflicts=True)
        return rows.filter(owner=owner).exists()


@verb
def renew(channel_ids: Sequence[str], owner: str) -> list[str]:
    """Renew the leases of these channels; return those that another owner has meanwhile."""
    with write():
        held = _of(channel_ids).filter(owner=owner)
        held.update(expires_at=_expiry())
        kept = set(held.values_list("channel_id", flat=True))
    return [channel_id for channel_id in channel_ids if channel_id not in kept]


@verb
def release(channel_id: str, owner: str) -> None:
    """Let another owner have the channel at once; do nothing if it has it already."""
    with write():
        _of([channel_id]).filter(owner=owner).update(expires_at=Now())


def was_elsewhere(channel_id: str, owner: str) -> bool:
    """Return whether another process was the last one to take the channel's media."""
    return _of([channel_id]).exclude(owner=owner).exists()


def expired() -> "QuerySet[ChannelLease, str]":
    """Return the query of the channels whose media nobody takes now."""
    leases = ChannelLease.objects.all_brands().filter(expires_at__lte=Now())
    return leases.values_list("channel_id", flat=True)


def held_by_others(owner: str) -> "QuerySet[ChannelLease, str]":
    """Return the query of the channels whose media another process takes now."""
    live = ChannelLease.objects.all_brands().filter(expires_at__gt=Now())
    return live.exclude(owner=owner).values_list("channel_id", flat=True)


def _of(channel_ids: Sequence[str]) -> QuerySet[ChannelLease]:
    return ChannelLease.objects.all_brands().filter(channel__in=channel_ids)


def _expiry() -> Combinable:
    return ExpressionWrapper(Now() + LEASE_TTL, output_field=DateTimeField())

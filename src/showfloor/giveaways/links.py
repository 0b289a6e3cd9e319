"""The signed address under which a winner claims a prize, from a mail and on any device."""

from django.core import signing

from showfloor.giveaways import queries
from showfloor.giveaways.models import Prize, PrizeState

_SIGNER = signing.Signer(salt="showfloor.prize")


def path_of(prize: Prize) -> str:
    """Return the draw's page with the winner's key in it."""
    return f"{queries.path_of(prize.giveaway_id)}?prize={_SIGNER.sign(prize.pk)}"


def read(giveaway_id: str, signed: str) -> Prize | None:
    """Return the prize of a link to this draw; None for a link that was made up."""
    try:
        prize_id = _SIGNER.unsign(signed)
    except signing.BadSignature:
        return None
    rows = Prize.objects.all_brands().filter(giveaway_id=giveaway_id, pk=prize_id)
    return rows.exclude(state=PrizeState.RESERVE).select_related("entry").first()

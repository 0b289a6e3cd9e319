"""People who take a deal until their process is killed (`test_take_kill`), with the operations
*take* and *decide*."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from showfloor.accounts.tokens import Claims
from showfloor.deals import deciding
from showfloor.deals.commands import perform
from showfloor.deals.models import Deal
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.timeline.commands import Command, Outcome
from tests.support.kill_worker import Batch


def answer(deal: Deal, variant_id: str, batch: Batch) -> list[int]:
    """Do a batch, the taps first; return the status of each of its operations."""
    now_ms, brand_id = to_epoch_ms(utc_now()), deal.show.brand_id
    body = {"deal_id": deal.pk, "variant_id": variant_id, "picture_ms": now_ms}
    taps = [
        Command(
            key, "deal.take", body, Claims(f"g:{key}", brand_id), deal.show_id, arrived_ms=now_ms
        )
        for key, what in batch
        if what == "take"
    ]
    outcomes = iter(perform(deal.show_id, taps) if taps else ())
    if len(taps) < len(batch):
        deciding.run(utc_now() + timedelta(seconds=40))  # by then no other tap can come before
    return [200 if what == "decide" else _status(next(outcomes)) for _key, what in batch]


def _status(outcome: Outcome) -> int:
    return 200 if outcome.problem is None else int(outcome.problem["status"])


def begin() -> Callable[[Batch], list[int]]:
    deal = Deal.objects.all_brands().select_related("show").get()
    return partial(answer, deal, deal.items.get().variant_id)

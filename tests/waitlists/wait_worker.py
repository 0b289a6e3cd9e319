"""People who wait while goods come in and offers lapse, until their process is killed
(`test_wait_kill`), with the operations *join*, *restock* and *lapse*."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Variant
from showfloor.checkout.reservations import services as reservations
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.stock import services as stock
from showfloor.stock.levels import Cause
from showfloor.stock.models import MovementReason
from showfloor.waitlists import services
from showfloor.waitlists.services import JoinRequest
from tests.support.kill_worker import Batch


def answer(brand: Brand, variant: Variant, batch: Batch) -> list[int]:
    """Do a batch; return the status of each of its operations."""
    now, operations = utc_now(), {what for _key, what in batch}
    joins = [JoinRequest(f"g:{key}", variant.sku) for key, what in batch if what == "join"]
    answers = iter(services.join_many(brand, joins, now))
    if "restock" in operations:
        stock.move(brand.pk, variant.pk, 1, Cause(MovementReason.RECEIVED))
    if "lapse" in operations:
        reservations.expire_due(now + timedelta(hours=1))
    return [
        409 if what == "join" and isinstance(next(answers), ShowfloorError) else 200
        for _key, what in batch
    ]


def begin() -> Callable[[Batch], list[int]]:
    return partial(answer, Brand.objects.get(), Variant.objects.all_brands().get())

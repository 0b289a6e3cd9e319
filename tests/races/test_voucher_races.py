"""Buyers who enter one code at the same moment. The sibling without the guard shows the damage."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import pytest
from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.rules import Details
from showfloor.checkout.services import beginning, cart, filling_in
from showfloor.checkout.services.cart import Attribution
from showfloor.checkout.services.filling_in import Extras
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid
from showfloor.pricing.vouchers.models import Voucher, VoucherUse
from tests.checkout.conftest import clock as clock
from tests.checkout.conftest import post as post
from tests.checkout.conftest import testpay as testpay
from tests.races import guards
from tests.races.together import Meeting, at_once
from tests.stock.helpers import make_variant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("testpay", "post")]

BUYERS = 6


def entering(brand: Brand, count: int) -> list[Callable[[], object]]:
    """Return one call for each buyer, who enters the code into a checkout of their own."""
    make_variant(brand, "CREAM", count)
    calls: list[Callable[[], object]] = []
    for number in range(count):
        buyer = Buyer(brand, f"g:buyer-{number}")
        cart.add(buyer, "CREAM", 1, Attribution())
        begun = beginning.begin(buyer, utc_now())
        calls.append(
            partial(filling_in.update, buyer, begun.pk, Details(), None, Extras(voucher="LAST"))
        )
    return calls


def used(brand: Brand) -> tuple[int, int]:
    uses = VoucherUse.objects.for_brand(brand).count()
    return Voucher.objects.for_brand(brand).get().used, uses


def test_last_use_of_a_voucher_is_won_once(brand: Brand) -> None:
    Voucher(brand=brand, code="LAST", kind="percent", value=500, limit=1).save()
    results = at_once(entering(brand, BUYERS))
    refused = [one for one in results if isinstance(one, Invalid)]
    assert [one.code for one in refused] == ["voucher-used-up"] * (BUYERS - 1)
    assert used(brand) == (1, 1)


def test_last_use_of_a_voucher_is_won_twice_without_guard(brand: Brand) -> None:
    Voucher(brand=brand, code="LAST", kind="percent", value=500, limit=1).save()
    both_have_read = Meeting(2)

    def read_then_write(voucher_id: str) -> bool:
        row = Voucher.objects.all_brands().get(pk=voucher_id)
        both_have_read.wait()
        Voucher.objects.all_brands().filter(pk=voucher_id).update(used=row.used + 1)
        return True

    calls = entering(brand, 2)
    with ExitStack() as off:
        off.enter_context(guards.VOUCHER_USE.off(read_then_write))
        if connection.vendor == "sqlite":  # its writers take turns, so the readers never meet
            off.enter_context(guards.VOUCHER_TRANSACTION.off())
        results = at_once(calls)
    assert [isinstance(one, Exception) for one in results] == [False, False]
    assert used(brand) == (1, 2)

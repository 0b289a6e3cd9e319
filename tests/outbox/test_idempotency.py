"""An idempotency key belongs to one operation of one person, in whichever room."""

from collections.abc import Callable

import pytest
from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import write
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.outbox import idempotency
from showfloor.outbox.idempotency import BatchAnswers, Reply, Request
from showfloor.outbox.models import IdempotencyKey


class Counter:
    """An effect that can be counted, and refused."""

    def __init__(self) -> None:
        self.done = 0
        self.refused = False

    def effect(self) -> Reply:
        if self.refused:
            raise Conflict("Not now.")
        self.done += 1
        return Reply(201, {"number": self.done})


def once(asked: Request, effect: Callable[[], Reply]) -> Reply:
    """Have the effect in a transaction with its answer, as a verb does."""
    with write(), connection.cursor() as cursor:
        answers = BatchAnswers(cursor, asked.brand_id, [asked])
        earlier = answers.find(asked)
        if earlier is not None:
            return earlier
        reply = effect()
        answers.store(asked, reply)
        answers.write(utc_now())
    return reply


def asked(brand: Brand, key: str = "key", body: object = None, who: str = "g:anna") -> Request:
    return idempotency.request(brand.pk, who, "follow", {idempotency.HEADER: key}, body)


def test_repeated_request_gets_the_first_answer(brand: Brand) -> None:
    counter = Counter()
    first = once(asked(brand), counter.effect)
    again = once(asked(brand), counter.effect)
    assert (first, again) == (Reply(201, {"number": 1}), Reply(201, {"number": 1}, replayed=True))
    assert counter.done == 1


def test_key_of_another_person_is_another_key(brand: Brand) -> None:
    counter = Counter()
    for who in ("g:anna", "g:bert"):
        assert not once(asked(brand, who=who), counter.effect).replayed
    assert counter.done == 2


def test_key_of_another_request_is_refused(brand: Brand) -> None:
    counter = Counter()
    once(asked(brand, body=1), counter.effect)
    with pytest.raises(Invalid) as refused:
        once(asked(brand, body=2), counter.effect)
    assert (refused.value.code, refused.value.field) == (
        "idempotency-key-reused",
        "Idempotency-Key",
    )
    assert counter.done == 1


def test_refused_request_leaves_its_key_free(brand: Brand) -> None:
    counter = Counter()
    counter.refused = True
    with pytest.raises(Conflict):
        once(asked(brand), counter.effect)
    assert not IdempotencyKey.objects.for_brand(brand).exists()
    counter.refused = False
    assert once(asked(brand), counter.effect) == Reply(201, {"number": 1})

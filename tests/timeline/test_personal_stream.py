"""A person's own stream."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.models import Brand
from showfloor.timeline import personal_stream
from showfloor.timeline import services as timeline
from showfloor.timeline.bus import Wake, bus
from showfloor.timeline.log import NewEntry

ANA = "g:ana"


@pytest.fixture(autouse=True)
def _from_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams count from 1, so that numbers can be read."""
    monkeypatch.setattr(personal_stream, "unused_seq", lambda: 0)


def _tell(brand: Brand, subject: str, *kinds: str) -> list[int]:
    with timeline.write():
        written = personal_stream.tell(brand.pk, subject, [NewEntry(kind) for kind in kinds])
    return [entry.seq for entry in written]


def test_each_person_has_one_stream_per_brand(brand: Brand, other_brand: Brand) -> None:
    assert _tell(brand, ANA, "a", "b") == [1, 2]
    assert _tell(brand, ANA, "c") == [3]
    assert _tell(brand, "g:ben", "x") == [1]
    assert _tell(other_brand, ANA, "y") == [1]
    assert [entry.kind for entry in personal_stream.read(brand.pk, ANA)] == ["a", "b", "c"]
    assert [entry.kind for entry in personal_stream.read(brand.pk, ANA, after=2)] == ["c"]
    assert personal_stream.read(other_brand.pk, "g:ben") == []


@pytest.mark.django_db(transaction=True)
def test_entry_wakes_only_that_persons_connections(brand: Brand) -> None:
    woken: list[Wake] = []
    unsubscribe = bus.subscribe(woken.append)
    try:
        _tell(brand, ANA, "a")
    finally:
        unsubscribe()
    assert [(wake.brand_id, wake.person) for wake in woken] == [(brand.pk, ANA)]


def test_recreated_personal_stream_goes_on_after_its_old_entries(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    told = _tell(brand, ANA, *"abcdefgh")
    personal_stream.forget(brand.pk, ANA)
    personal_stream.forget(brand.pk, ANA)
    assert personal_stream.read(brand.pk, ANA) == []
    with timeline.write():
        personal_stream.tell_each(brand.pk, {"g:ben": [NewEntry("x")]})
    (again,) = _tell(brand, ANA, "i")
    (other,) = personal_stream.read(brand.pk, "g:ben")
    assert again > told[0] > 1_700_000_000_000
    assert other.seq > 1_700_000_000_000
    assert [entry.kind for entry in personal_stream.read(brand.pk, ANA, after=again - 1)] == ["i"]


def test_many_are_told_in_as_many_statements_as_few(brand: Brand, other_brand: Brand) -> None:
    def statements(count: int) -> int:
        news = {f"g:{number:026}": [NewEntry("news", {"n": number})] for number in range(count)}
        with timeline.write(), CaptureQueriesContext(connection) as captured:
            personal_stream.tell_each(brand.pk, news)
        return len(captured)

    _tell(brand, f"g:{3:026}", "first")
    _tell(other_brand, f"g:{4:026}", "elsewhere")
    rows = 1 if connection.vendor == "postgresql" else 2  # SQLite: eight at once, and the rest
    assert (statements(50), statements(500)) == (4 + rows, 4 + rows)  # with streams that are made
    told = personal_stream.read(brand.pk, f"g:{3:026}", after=1)
    assert [(one.seq, one.body) for one in told] == [(2, {"n": 3}), (3, {"n": 3})]
    assert [one.seq for one in personal_stream.read(brand.pk, f"g:{499:026}")] == [1]
    assert [one.kind for one in personal_stream.read(other_brand.pk, f"g:{4:026}")] == ["elsewhere"]


def test_each_person_gets_all_of_their_entries(brand: Brand) -> None:
    with timeline.write():
        personal_stream.tell_each(
            brand.pk, {"g:a": [NewEntry("x")], "g:b": [NewEntry("y"), NewEntry("z")]}
        )
        personal_stream.tell_each(brand.pk, {})
    assert [(one.seq, one.kind) for one in personal_stream.read(brand.pk, "g:a")] == [(1, "x")]
    assert [(one.seq, one.kind) for one in personal_stream.read(brand.pk, "g:b")] == [
        (1, "y"),
        (2, "z"),
    ]


def test_entries_have_no_gap_where_another_transaction_makes_one_of_the_streams(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = personal_stream._locked
    answers = [dict[str, str]()]  # nobody has one yet, at the first look
    monkeypatch.setattr(
        personal_stream, "_locked",
        lambda *asked: answers.pop() if answers else looked(*asked),
    )  # fmt: skip
    _tell(brand, ANA, "before")
    news = {one: [NewEntry("x"), NewEntry("y")] for one in (ANA, "g:ben")}
    with timeline.write():
        personal_stream.tell_each(brand.pk, news)
    numbers = {one: [entry.seq for entry in personal_stream.read(brand.pk, one)] for one in news}
    assert (numbers, answers) == ({ANA: [1, 2, 3], "g:ben": [1, 2]}, [])
    assert personal_stream.heads(brand.pk, 9) == {ANA: 3, "g:ben": 2}

"""Values made once for everyone."""

import threading

import pytest

from showfloor.kernel.fresh import Fresh


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_is_made_once_while_it_is_fresh() -> None:
    clock, made = Clock(), []
    fresh = Fresh[str, int](1.0, 5.0, 10, clock)

    def make() -> int:
        made.append(clock.now)
        return len(made)

    assert [fresh.get("a", make), fresh.get("a", make)] == [1, 1]
    clock.now += 1.0
    assert [fresh.get("a", make), fresh.get("b", make)] == [2, 3]
    fresh.forget(lambda key: key == "a")
    assert [fresh.get("b", make), fresh.get("a", make)] == [3, 4]


def test_others_get_the_one_before_while_one_makes_it() -> None:
    clock, fresh = Clock(), Fresh[str, str](1.0, 5.0, 10)
    fresh = Fresh(1.0, 5.0, 10, clock)
    fresh.get("a", lambda: "old")
    clock.now += 2.0
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> str:
        begun.set()
        assert go_on.wait(5)
        return "new"

    maker = threading.Thread(target=fresh.get, args=("a", slowly))
    maker.start()
    assert begun.wait(5)
    assert fresh.get("a", lambda: "never") == "old"
    clock.now += 4.0  # too old by now, also for those in a hurry
    assert fresh.get("a", lambda: "mine") == "mine"
    go_on.set()
    maker.join(5)
    assert fresh.get("a", lambda: "never") == "new"


def test_an_error_is_not_kept() -> None:
    clock = Clock()
    fresh = Fresh[str, str](1.0, 5.0, 10, clock)
    fresh.get("a", lambda: "old")
    clock.now += 2.0

    def fail() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        fresh.get("a", fail)
    assert fresh.get("a", lambda: "new") == "new"


def test_it_does_not_grow_without_end() -> None:
    fresh = Fresh[int, int](60.0, 60.0, 3)
    for key in range(10):
        fresh.get(key, lambda: 0)
    assert len(fresh._kept) <= 3

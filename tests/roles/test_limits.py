"""Open files and connections."""

import resource

import pytest

from showfloor.roles import limits

ENDLESS = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("soft", "hard", "raised_to", "connections", "encoders"),
    [
        (1024, 524_288, 22_000, 20_000, 256),
        (500, 500, 500, 375, 62),
        (1024, 1024, 1024, 768, 128),
        (1024, 4096, 4096, 3072, 256),
        (1024, ENDLESS, 22_000, 20_000, 256),
        (1_000_000, 1_000_000, 1_000_000, 20_000, 256),
        (ENDLESS, ENDLESS, ENDLESS, 20_000, 256),
    ],
)
def test_the_limit_is_raised_and_kept_below(
    monkeypatch: pytest.MonkeyPatch,
    soft: int,
    hard: int,
    raised_to: int,
    connections: int,
    encoders: int,
) -> None:
    now = (soft, hard)

    def setrlimit(_which: int, wanted: tuple[int, int]) -> None:
        nonlocal now
        now = wanted

    monkeypatch.setattr(resource, "getrlimit", lambda _which: now)
    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    assert limits.connections_max() == connections
    assert limits.rtmp_connections_max() == encoders
    assert now == (raised_to, hard)

"""What is said to offers that cannot be taken, and what is left of those that can."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.media.packets import TrackKind
from showfloor.media.whip.offers import candidates_in, checked
from showfloor.media.whip.ports import OfferRefused
from tests.media.whip.support import AUDIO, OFFER, SESSION, TRANSPORT, VIDEO

DATA = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" + TRANSPORT + "a=mid:2\r\n"
ONLY_VP8 = VIDEO.replace("H264", "VP9")
ONLY_HEVC = VIDEO.replace("H264", "H265").replace("VP8", "H265")
BUNDLE = "a=group:BUNDLE 0 1\r\n"


@pytest.mark.parametrize(
    ("offer", "status", "code"),
    [
        ("", 400, "bad-offer"),
        ("hello", 400, "bad-offer"),
        (SESSION, 406, "no-picture"),
        (SESSION + BUNDLE + AUDIO, 406, "no-picture"),
        (SESSION + BUNDLE + ONLY_VP8, 406, "codec"),
        (SESSION + BUNDLE + ONLY_HEVC, 406, "codec"),
        (OFFER.replace("opus", "PCMU"), 406, "codec"),
        (OFFER + DATA, 406, "not-taken"),
        (OFFER + VIDEO.replace("mid:1", "mid:2"), 406, "too-many-tracks"),
        (OFFER + "a=rid:h send\r\na=rid:l send\r\na=simulcast:send h;l\r\n", 406, "simulcast"),
        (OFFER.replace("actpass", "holdconn"), 422, "bad-setup"),
        (OFFER.replace("a=setup:actpass\r\n", ""), 422, "bad-setup"),
        (OFFER.replace("sendonly", "recvonly"), 422, "bad-direction"),
        (SESSION + AUDIO + VIDEO, 422, "not-bundled"),
        (OFFER + "a=x\r\n" * 3000, 400, "bad-offer"),
    ],
)
def test_offer_that_is_not_taken_gets_its_status(offer: str, status: int, code: str) -> None:
    with pytest.raises(OfferRefused) as refused:
        checked(offer)
    assert (refused.value.status, refused.value.code) == (status, code)


def test_refusal_names_what_was_offered() -> None:
    with pytest.raises(OfferRefused) as refused:
        checked(SESSION + ONLY_HEVC.replace("mid:1", "mid:0"))
    assert refused.value.message == "H.264 is needed, not H265."


@pytest.mark.parametrize("setup", ["actpass", "active", "passive"])
def test_offers_of_browsers_and_encoders_are_taken(setup: str) -> None:
    """FFmpeg sends no candidates and `passive`; one track needs no group."""
    assert checked(OFFER.replace("actpass", setup)).kinds == {TrackKind.AUDIO, TrackKind.VIDEO}
    assert checked(SESSION + VIDEO).kinds == {TrackKind.VIDEO}
    assert checked(OFFER.replace("\r\n", "\n")).sdp == checked(OFFER).sdp == OFFER


def test_candidates_that_nobody_can_reach_are_left_out() -> None:
    good = "a=candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host"
    hidden = "a=candidate:1 1 udp 2122260223 5b4a-11.local 50000 typ host"
    tcp = "a=candidate:1 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active"
    lines = "\r\n".join([good, hidden, tcp, "a=candidate:nonsense", "a=end-of-candidates"])
    assert checked(OFFER + lines + "\r\n").sdp == OFFER + good + "\r\n"
    assert candidates_in(lines) == [good.removeprefix("a=candidate:")]


@given(st.text(max_size=400))
def test_hostile_offer_is_refused_or_taken_and_never_breaks(text: str) -> None:
    for offer in (text, SESSION + text, OFFER + text):
        with contextlib.suppress(OfferRefused):
            checked(offer)

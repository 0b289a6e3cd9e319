"""The check of an offer, before anything is started for it.

A publisher that offers what is not taken gets a sentence and a status of RFC 9725, 4.2, instead of
a connection that carries no picture. Candidates that this server cannot use (mDNS names, TCP) are
left out: the publisher comes to us, and its address is learned from its first packet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from showfloor.media.packets import TrackKind
from showfloor.media.whip.ports import Offer, OfferRefused

LINES_MAX: Final = 2000
LINE_MAX: Final = 300  # characters of a candidate
CANDIDATES_MAX: Final = 32
SETUPS: Final = frozenset({"actpass", "active", "passive"})  # RFC 8842, 5.2
_TAKEN: Final = {TrackKind.VIDEO: "H264", TrackKind.AUDIO: "OPUS"}
_HELPERS: Final = frozenset({"RTX", "RED", "ULPFEC", "FLEXFEC-03", "CN", "TELEPHONE-EVENT"})


@dataclass(slots=True)
class _Section:
    """One m-line with its attributes."""

    kind: str
    mid: str = ""
    setup: str = ""
    direction: str = "sendrecv"
    codecs: list[str] = field(default_factory=list)
    has_layers: bool = False


def checked(text: str) -> Offer:
    """Return the offer as it is handed to the connection; OfferRefused."""
    lines = [line.rstrip("\r") for line in text.split("\n") if line.strip()]
    if len(lines) > LINES_MAX or not lines or lines[0] != "v=0":
        raise OfferRefused(400, "bad-offer", "The body is no session description.")
    sections, bundled = _sections(lines)
    kinds = _kinds(sections)
    _check_setup(sections, bundled)
    kept = [line for line in lines if _is_kept(line)]
    return Offer("\r\n".join(kept) + "\r\n", kinds)


def candidates_in(fragment: str) -> Sequence[str]:
    """Return the usable candidates of an SDP fragment (RFC 8840, 9)."""
    lines = [line.strip() for line in fragment.splitlines()[:LINES_MAX]]
    found = [line for line in lines if line.startswith("a=candidate:") and _is_kept(line)]
    return [line.removeprefix("a=candidate:") for line in found[:CANDIDATES_MAX]]


def _sections(lines: Sequence[str]) -> tuple[list[_Section], set[str]]:
    sections: list[_Section] = []
    bundled: set[str] = set()
    session_setup = ""
    for line in lines:
        name, _, value = line.removeprefix("a=").partition(":")
        if line.startswith("m="):
            sections.append(_Section(line[2:].split(" ", 1)[0], setup=session_setup))
        elif name == "group" and value.startswith("BUNDLE"):
            bundled = set(value.split()[1:])
        elif not sections:
            session_setup = value if name == "setup" else session_setup
        else:
            _take_attribute(sections[-1], name, value)
    return sections, bundled


def _take_attribute(section: _Section, name: str, value: str) -> None:
    match name:
        case "mid":
            section.mid = value
        case "setup":
            section.setup = value
        case "sendrecv" | "sendonly" | "recvonly" | "inactive":
            section.direction = name
        case "rtpmap":
            section.codecs.append(value.partition(" ")[2].partition("/")[0].upper())
        case "simulcast":
            section.has_layers = True


def _kinds(sections: Sequence[_Section]) -> frozenset[TrackKind]:
    """Return the kinds of the tracks; OfferRefused for tracks that are not taken."""
    kinds: list[TrackKind] = []
    for section in sections:
        if section.kind not in {"video", "audio"}:
            raise OfferRefused(
                406, "not-taken", "Data channels are not taken: offer picture and sound alone."
            )
        kind = TrackKind(section.kind)
        kinds.append(kind)
        if section.direction not in {"sendrecv", "sendonly"}:
            raise OfferRefused(422, "bad-direction", "A publisher must offer to send.")
        if section.has_layers:
            raise OfferRefused(406, "simulcast", "Simulcast is not taken: send one layer.")
        if _TAKEN[kind] not in section.codecs:
            offered = ", ".join(dict.fromkeys(c for c in section.codecs if c not in _HELPERS))
            told = f"{'H.264' if kind is TrackKind.VIDEO else 'Opus'} is needed, not {offered}."
            raise OfferRefused(406, "codec", told)
    if len(set(kinds)) != len(kinds):
        raise OfferRefused(406, "too-many-tracks", "One picture and one sound are taken, no more.")
    if TrackKind.VIDEO not in kinds:
        raise OfferRefused(406, "no-picture", "An offer without a picture is not taken.")
    return frozenset(kinds)


def _check_setup(sections: Sequence[_Section], bundled: set[str]) -> None:
    for section in sections:
        if section.setup not in SETUPS:
            raise OfferRefused(
                422, "bad-setup", f"a=setup:{section.setup[:20]} cannot be answered: use actpass."
            )
    if len(sections) > 1 and not all(section.mid in bundled for section in sections):
        raise OfferRefused(422, "not-bundled", "All tracks must be in one BUNDLE group.")


def _is_kept(line: str) -> bool:
    if line == "a=end-of-candidates":
        return False
    if not line.startswith("a=candidate:"):
        return True
    if len(line) > LINE_MAX:
        return False
    fields = line.split()
    return len(fields) >= 8 and fields[2].lower() == "udp" and not fields[4].endswith(".local")

"""Findings about a stream and its machine in words: what is wrong, and what to do."""

from collections.abc import Iterable
from typing import Any, Final, TypedDict

from django.utils.translation import gettext, gettext_noop

from showfloor.media.verdict import Finding


class Warned(TypedDict):
    """As the console and `/healthz` say it."""

    code: str
    level: str
    words: str
    advice: str


# `%(n)s`: the finding's figure, one digit after the point.
_WORDS: Final = {
    "disk-low": (
        gettext_noop("The disk has room for %(n)s more hours of recording."),
        gettext_noop("Free space on the server, or delete old recordings, before it is full."),
    ),
    "recording-stopped": (
        gettext_noop("The show is not being recorded: the disk has only %(n)s GiB left."),
        gettext_noop(
            "The live picture and the shop go on. Free space on the server, and recording goes on "
            "by itself; what was shown meanwhile is missing in the replay."
        ),
    ),
    "recording-failed": (
        gettext_noop("The show cannot be recorded: the server's disk takes nothing."),
        gettext_noop(
            "The live picture goes on. The server's log says why (recording_failed); what was "
            "shown meanwhile is missing in the replay."
        ),
    ),
    "recording-gaps": (
        gettext_noop("%(n)s s of this show could not be recorded."),
        gettext_noop("They are missing in the replay; recording goes on."),
    ),
    "server-busy": (
        gettext_noop("The server is too busy: it is late by %(n)s s with everything it sends."),
        gettext_noop("Stop other programs on it, run fewer broadcasts, or use a faster machine."),
    ),
}


def warnings(findings: Iterable[Finding]) -> list[Warned]:
    """In the language of who asks."""
    return [_warned(finding) for finding in findings]


def _warned(finding: Finding) -> Warned:
    words, advice = _WORDS[finding.code]
    values: dict[str, Any] = {"n": f"{finding.figure:.1f}".removesuffix(".0")}
    return {
        "code": finding.code,
        "level": finding.level,
        "words": gettext(words) % values,
        "advice": gettext(advice) % values,
    }

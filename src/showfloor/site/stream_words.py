"""Findings about a stream and its machine in words: what is wrong, and what to do."""

from collections.abc import Iterable
from typing import Any, Final, TypedDict

from django.utils.translation import gettext, gettext_noop

from showfloor.media.findings import Finding


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
    "encoding-behind": (
        gettext_noop("The server is %(n)s s behind with encoding: viewers see everything later."),
        gettext_noop(
            "Run fewer broadcasts on it, take a rung out of SHOWFLOOR_LADDER, choose a faster "
            "SHOWFLOOR_ENCODER_PRESET, or use a faster machine. OBS is not at fault."
        ),
    ),
    "encoder-restarted": (
        gettext_noop(
            "The server's encoder broke %(n)s times in ten minutes; each time viewers waited."
        ),
        gettext_noop(
            "Stop and start streaming in OBS. If it happens again, the server's log says why "
            "(encoder_lost)."
        ),
    ),
    "picture-black": (
        gettext_noop("The picture has been black, or of one colour, for %(n)s s."),
        gettext_noop("In OBS, look at the scene; then at the camera, its cable and its lens cap."),
    ),
    "picture-still": (
        gettext_noop("Nothing has moved in the picture for %(n)s s."),
        gettext_noop(
            "Unless a still is meant: in OBS, look at the scene, then at the camera and its cable."
        ),
    ),
    "sound-stopped": (
        gettext_noop("No sound has come for %(n)s s, though the picture does."),
        gettext_noop("Stop and start streaming in OBS; look at its audio device in the settings."),
    ),
    "sound-silent": (
        gettext_noop("The sound has been perfectly silent for %(n)s s."),
        gettext_noop("In OBS, see whether the microphone is muted in the Audio Mixer."),
    ),
    "sound-late": (
        gettext_noop(
            "Sound comes %(n)s s after its picture; everything is held back so that both stay in "
            "step."
        ),
        gettext_noop("In OBS, look at Sync Offset in the Advanced Audio Properties."),
    ),
    "sound-lost": (
        gettext_noop("In the last minute %(n)s s of sound came too late and were left out."),
        gettext_noop("In OBS, look at Sync Offset in the Advanced Audio Properties."),
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

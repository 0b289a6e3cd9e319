"""The words for findings about a stream and its machine: the fault and its remedy."""

from collections.abc import Iterable
from typing import Any, Final, TypedDict

from django.utils.translation import gettext, gettext_noop

from showfloor.kernel.clock import iso_ms
from showfloor.media.diagnostics.findings import Finding
from showfloor.media.diagnostics.rejections import RejectedAttempt
from showfloor.media.ports import Cause


class Warned(TypedDict):
    """A finding in words, for the console and `/healthz`."""

    code: str
    level: str
    words: str
    advice: str


# `%(n)s`: the finding's figure, one digit after the point.
_OUTPUT_WORDS: Final = {
    "disk-low": (
        gettext_noop("The disk has room for %(n)s more hours of recording."),
        gettext_noop("Free space on the server, or delete old recordings, before it is full."),
    ),
    "recording-stopped": (
        gettext_noop("The show is not being recorded: the disk has only %(n)s GiB left."),
        gettext_noop(
            "The live picture and the shop go on. Free space on the server: recording goes on by "
            "itself, with what memory still holds of the show."
        ),
    ),
    "recording-failed": (
        gettext_noop(
            "The show cannot be recorded: the server's disk takes nothing, and memory is full. "
            "%(n)s s are lost."
        ),
        gettext_noop(
            "The live picture goes on. Free or mend the disk: the last minutes are recorded then. "
            "The server's log says why (recording_failed); what is lost is missing in the replay."
        ),
    ),
    "recording-held": (
        gettext_noop(
            "The server's disk is full, slow or broken: the last %(n)s s of the show are only in "
            "memory."
        ),
        gettext_noop(
            "The live picture goes on. Free or mend the disk soon: recording catches up by itself, "
            "as long as memory lasts (SHOWFLOOR_RECORDING_MEMORY_MB)."
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
    "rungs-shed": (
        gettext_noop(
            "The server is too slow for all sizes of the picture: %(n)s are left out, so that the "
            "others are on time."
        ),
        gettext_noop(
            "Stop other programs on it, run fewer broadcasts, or choose a faster "
            "SHOWFLOOR_ENCODER_PRESET. One size after the other comes back when the server has had "
            "room for a minute."
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
    "pictures-missing": (
        gettext_noop("%(n)s of the pictures that the encoder announced do not come."),
        gettext_noop(
            "The show goes on with the others. In OBS, lower the number of video tracks, then stop "
            "and start streaming."
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


_ENCODED_HERE: Final = gettext_noop(
    "The show goes on: this server encodes the picture itself, which costs it more work."
)
# why a picture is not passed through (`media.encoding.pass_plan.Unfit`)
_WORDS: Final = _OUTPUT_WORDS | {
    f"not-passed-{rule}": (words, advice)
    for rule, words, advice in (
        (
            "codec",
            gettext_noop("The picture can't be passed through: it is not H.264."),
            _ENCODED_HERE,
        ),
        (
            "profile",
            gettext_noop("The picture can't be passed through: few players decode its profile."),
            gettext_noop("In OBS, set the encoder's profile to high or main, and NV12 as format."),
        ),
        (
            "size",
            gettext_noop("The picture can't be passed through: its size is no rung of the ladder."),
            gettext_noop(
                "In OBS, under Settings → Video, choose a size of SHOWFLOOR_LADDER as output "
                "resolution."
            ),
        ),
        (
            "frame-rate",
            gettext_noop(
                "The picture can't be passed through: its frame rate is no whole number, or above "
                "SHOWFLOOR_MAX_FPS."
            ),
            gettext_noop("In OBS, under Settings → Video, choose 25 or 30 as common FPS value."),
        ),
        (
            "bitrate",
            gettext_noop("The picture can't be passed through: its bit rate is above its rung's."),
            gettext_noop("In OBS, lower the bit rate, or have SHOWFLOOR_LADDER raised."),
        ),
        (
            "b-frames",
            gettext_noop("The picture can't be passed through: it has B-frames."),
            gettext_noop("In OBS, set B-frames to 0, or the tuning to zerolatency."),
        ),
        (
            "key-frames",
            gettext_noop(
                "The picture can't be passed through: its key frames do not come every two seconds."
            ),
            gettext_noop(
                "In OBS, set the keyframe interval to 2 s, and switch scene-cut detection off "
                "(x264 option scenecut=0)."
            ),
        ),
        (
            "gaps",
            gettext_noop("The picture is not passed through any more: it lost frames."),
            gettext_noop(
                "Lower the bit rate in OBS, or use a better line. The show goes on, encoded by "
                "this server."
            ),
        ),
        (
            "track",
            gettext_noop("The picture is not passed through any more: it does not come any more."),
            gettext_noop("Stop and start streaming in OBS."),
        ),
    )
}


class RefusedAttempt(TypedDict):
    """An encoder that tried to send to the show and was rejected."""

    cause: str
    at: str  # the last time
    count: int
    encoder: str
    address: str
    words: str
    advice: str


_COPY_KEY: Final = gettext_noop(
    "Copy the stream key from here into the encoder (in OBS under Settings → Stream), and start "
    "again."
)
# `%(detail)s`: what the encoder sent.
_REFUSALS: Final = {
    Cause.UNKNOWN_KEY: (
        gettext_noop("An encoder in your network came with a key that belongs to no show."),
        _COPY_KEY,
    ),
    Cause.OLD_KEY: (
        gettext_noop("An encoder came with a key that was replaced."),
        _COPY_KEY,
    ),
    Cause.NOT_PROVEN: (
        gettext_noop("An encoder came by SRT with a wrong pass phrase."),
        gettext_noop("Copy the SRT address from this page into the encoder again."),
    ),
    Cause.ENDED: (
        gettext_noop("An encoder came, but this show has ended."),
        gettext_noop("Each show has a key of its own: take that of the show to come."),
    ),
    Cause.BUSY: (
        gettext_noop("A second encoder came while one was sending."),
        gettext_noop("Stop the one that is not to be seen."),
    ),
    Cause.LIMIT: (
        gettext_noop("The server takes no more broadcasts now (%(detail)s)."),
        gettext_noop(
            "End another one, or use a faster machine. SHOWFLOOR_BROADCASTS_MAX sets a limit of "
            "your own; a show whose encoder makes all sizes itself (multitrack video) takes no "
            "room."
        ),
    ),
    Cause.CODEC: (
        gettext_noop("The encoder sends %(detail)s, which is not taken."),
        gettext_noop(
            "Set it to H.264 video and AAC audio (in OBS under Settings → Output), and start again."
        ),
    ),
    Cause.NO_PICTURE: (
        gettext_noop("The encoder was cut: it sent no picture for too long."),
        gettext_noop("Look whether a camera or a scene is on in the encoder."),
    ),
    Cause.FAILED: (
        gettext_noop("The server could not encode what came, and gave up."),
        gettext_noop("Send a smaller picture or fewer frames; the server's log says more."),
    ),
}


def refused(attempts: Iterable[RejectedAttempt]) -> list[RefusedAttempt]:
    """In the language of who asks."""
    return [_refused(one) for one in attempts]


def _refused(one: RejectedAttempt) -> RefusedAttempt:
    words, advice = _REFUSALS[one.cause]
    return {
        "cause": one.cause,
        "at": iso_ms(one.at),
        "count": one.count,
        "encoder": one.encoder,
        "address": one.address,
        "words": gettext(words) % {"detail": one.detail},
        "advice": gettext(advice),
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

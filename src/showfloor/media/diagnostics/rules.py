"""Pure decisions about figures of streams and machines: which findings they give.

The words for each finding and its remedy are in `site.stream_words`, in the reader's language.
"""

from typing import Final

from showfloor.media.diagnostics.findings import Finding, Level, worst_first
from showfloor.media.diagnostics.ingest_health import IngestHealth
from showfloor.media.diagnostics.output_meter import OutputReading
from showfloor.media.diagnostics.passing_state import PassingState
from showfloor.media.recording.storage import StorageReport

DISK_FAIR_H: Final = 3.0  # a show and its rehearsal still fit
DISK_BAD_H: Final = 0.75
LOOP_LAG_FAIR_S: Final = 0.5
LOOP_LAG_BAD_S: Final = 2.0
BEHIND_FAIR_S: Final = 2.0  # usually 0.3–0.9
BEHIND_BAD_S: Final = 5.0
RESTARTS_BAD: Final = 3
SOUND_GAP_S: Final = 3.0
SOUND_LAG_FAIR_S: Final = 0.5
SOUND_LOST_BAD_S: Final = 5.0
SILENT_S: Final = 10.0
BLACK_S: Final = 10.0
STILL_S: Final = 20.0
HELD_S: Final = 6.0  # a working disk has one segment of 2 s to write


def storage_findings(storage: StorageReport | None) -> list[Finding]:
    if storage is None:
        return []
    if not storage.is_recording:
        return [Finding("recording-stopped", Level.BAD, storage.free_bytes / 2**30)]
    return _above("disk-low", -storage.hours_left, -DISK_FAIR_H, -DISK_BAD_H)


def recording_findings(
    *, is_failing: bool, is_losing: bool, held_s: float, lost_s: float
) -> list[Finding]:
    """Judge a recording. `held_s`: public picture that waits in memory for the disk; `is_losing`:
    memory is full; `lost_s`: public picture that is missing in the replay."""
    if is_losing:
        return [Finding("recording-failed", Level.BAD, lost_s)]
    if is_failing or held_s >= HELD_S:
        return [Finding("recording-held", Level.BAD, held_s)]
    return [Finding("recording-gaps", Level.FAIR, lost_s)] if lost_s else []


def event_loop_findings(lag_s: float) -> list[Finding]:
    """Judge the event loop, which all output passes. `lag_s`: its delay."""
    return _above("server-busy", lag_s, LOOP_LAG_FAIR_S, LOOP_LAG_BAD_S)


def _above(code: str, figure: float, fair: float, bad: float) -> list[Finding]:
    if figure < fair:
        return []
    return [Finding(code, Level.BAD if figure >= bad else Level.FAIR, abs(figure))]


def stream_findings(health: IngestHealth, output: OutputReading) -> list[Finding]:
    """Judge one broadcast; the worst finding comes first."""
    behind_s = output.behind_s - health.sound_lag_s
    return worst_first(
        [
            *_above("encoding-behind", behind_s, BEHIND_FAIR_S, BEHIND_BAD_S),
            *_above("encoder-restarted", output.restarts, 1, RESTARTS_BAD),
            *_of_picture(output),
            *_of_sound(health, output),
        ]
    )


def passing_findings(state: PassingState) -> list[Finding]:
    """Judge pass-through. A show whose picture is encoded instead costs this machine more than was
    meant, and viewers see no difference."""
    lost = [Finding("pictures-missing", Level.BAD, state.lost)] if state.lost else []
    unfit = [Finding(f"not-passed-{state.unfit}", Level.FAIR)] if state.unfit else []
    return [*lost, *unfit]


def overload_findings(shed_rungs: int) -> list[Finding]:
    """Judge the rungs that are left out so that the others are on time."""
    return [Finding("rungs-shed", Level.BAD, shed_rungs)] if shed_rungs else []


def _of_picture(output: OutputReading) -> list[Finding]:
    if output.black_s >= BLACK_S:
        return [Finding("picture-black", Level.BAD, output.black_s)]
    # A still may be meant: a card before the show.
    return _above("picture-still", output.still_s, STILL_S, float("inf"))


def _of_sound(health: IngestHealth, output: OutputReading) -> list[Finding]:
    late = [
        *_above("sound-late", health.sound_lag_s, SOUND_LAG_FAIR_S, float("inf")),
        *_above("sound-lost", health.sound_lost_s, 0.1, SOUND_LOST_BAD_S),
    ]
    if _has_stopped(health):
        return [Finding("sound-stopped", Level.BAD, health.last_sound_age_s or 0.0), *late]
    return [*_above("sound-silent", output.silent_s, SILENT_S, float("inf")), *late]


def _has_stopped(health: IngestHealth) -> bool:
    """Return whether sound was announced or there, and is missing while pictures come."""
    age_s = health.last_sound_age_s
    if not health.audio_codec or health.last_frame_age_s is None or age_s is None:
        return False
    return age_s - health.last_frame_age_s >= SOUND_GAP_S

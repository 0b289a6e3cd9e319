"""The diagnosis of a stream by its output, each finding with a remedy."""

from dataclasses import replace

import pytest

from showfloor.media.diagnostics import rules
from showfloor.media.diagnostics.findings import Finding, Level
from showfloor.media.diagnostics.ingest_health import IngestHealth
from showfloor.media.diagnostics.output_meter import OutputReading
from showfloor.media.diagnostics.rules import recording_findings, stream_findings
from showfloor.site import stream_words
from tests.support.media import T0

GOOD = IngestHealth(
    2500, 30.0, 30.0, 2.0, 0.1, 1280, 720, "H.264", "AAC", "OBS", T0, last_sound_age_s=0.1
)
WELL = OutputReading(behind_s=0.7, still_s=18.0, black_s=8.0, silent_s=9.9)
FAIR, BAD = Level.FAIR, Level.BAD


@pytest.mark.parametrize(
    ("output", "findings"),
    [
        (WELL, []),
        (replace(WELL, behind_s=2.0), [Finding("encoding-behind", FAIR, 2.0)]),
        (replace(WELL, behind_s=6.4), [Finding("encoding-behind", BAD, 6.4)]),
        (replace(WELL, restarts=1), [Finding("encoder-restarted", FAIR, 1)]),
        (replace(WELL, restarts=3), [Finding("encoder-restarted", BAD, 3)]),
        (replace(WELL, still_s=20.0), [Finding("picture-still", FAIR, 20.0)]),
        (replace(WELL, still_s=30.0, black_s=30.0), [Finding("picture-black", BAD, 30.0)]),
        (replace(WELL, silent_s=10.0), [Finding("sound-silent", FAIR, 10.0)]),
        (
            replace(WELL, silent_s=10.0, behind_s=5.0),
            [Finding("encoding-behind", BAD, 5.0), Finding("sound-silent", FAIR, 10.0)],
        ),
    ],
)
def test_stream_is_judged_by_what_leaves(output: OutputReading, findings: list[Finding]) -> None:
    assert stream_findings(GOOD, output) == findings


@pytest.mark.parametrize(
    ("health", "findings"),
    [
        (replace(GOOD, last_sound_age_s=3.1), [Finding("sound-stopped", BAD, 3.1)]),
        # The line stands still: picture and sound stop together.
        (replace(GOOD, last_sound_age_s=9.0, last_frame_age_s=8.9), []),
        (replace(GOOD, last_frame_age_s=None, last_sound_age_s=9.0), []),
        (replace(GOOD, audio_codec="", last_sound_age_s=None), []),
        (replace(GOOD, sound_lag_s=1.2), [Finding("sound-late", FAIR, 1.2)]),
        (replace(GOOD, sound_lost_s=0.5), [Finding("sound-lost", FAIR, 0.5)]),
        (replace(GOOD, sound_lost_s=5.0), [Finding("sound-lost", BAD, 5.0)]),
    ],
)
def test_sound_is_judged_by_what_comes_in_time(
    health: IngestHealth, findings: list[Finding]
) -> None:
    assert stream_findings(health, WELL) == findings


def test_stream_held_back_for_its_sound_is_not_the_servers_fault() -> None:
    late = replace(GOOD, sound_lag_s=3.0)
    assert stream_findings(late, replace(WELL, behind_s=4.9)) == [Finding("sound-late", FAIR, 3.0)]


@pytest.mark.parametrize(
    ("is_failing", "is_losing", "held_s", "lost_s", "found"),
    [
        (False, False, 4, 0, []),
        (False, False, 6, 0, [Finding("recording-held", BAD, 6)]),  # below the disk's reserve
        (True, False, 2, 0, [Finding("recording-held", BAD, 2)]),
        (True, True, 180, 4, [Finding("recording-failed", BAD, 4)]),
        (False, False, 0, 72, [Finding("recording-gaps", FAIR, 72)]),
    ],
)
def test_recording_that_fails_is_told_while_it_fails_and_after(
    *, is_failing: bool, is_losing: bool, held_s: float, lost_s: float, found: list[Finding]
) -> None:
    assert found == recording_findings(
        is_failing=is_failing, is_losing=is_losing, held_s=held_s, lost_s=lost_s
    )


def test_every_finding_has_words() -> None:
    worst = OutputReading(9.0, 9, 99.0, 0.0, 99.0)
    health = replace(GOOD, sound_lag_s=1.0, sound_lost_s=9.0)
    findings = [
        *stream_findings(health, worst),
        *stream_findings(health, replace(worst, black_s=99.0)),
        *stream_findings(replace(GOOD, last_sound_age_s=9.0), WELL),
        *recording_findings(is_failing=True, is_losing=True, held_s=9, lost_s=1),
        *recording_findings(is_failing=True, is_losing=False, held_s=9, lost_s=1),
        *recording_findings(is_failing=False, is_losing=False, held_s=0, lost_s=1),
        *rules.event_loop_findings(1.0),
    ]
    told = stream_words.warnings(findings)
    assert {warned["code"] for warned in told} == {
        "encoding-behind", "encoder-restarted", "picture-black", "picture-still", "server-busy",
        "sound-silent", "sound-stopped", "sound-late", "sound-lost", "recording-failed",
        "recording-gaps", "recording-held",
    }  # fmt: skip
    assert not [warned for warned in told if not warned["advice"] or "%" in warned["words"]]

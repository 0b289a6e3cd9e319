"""Caption files: WebVTT and SubRip."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.captions.caption_files import BadFile, Cue, Fault, parse, write
from showfloor.media.formats.webvtt import timestamp

VTT = """WEBVTT - Spring lips
Kind: captions

STYLE
::cue { color: red }

NOTE Two hosts --> talking

intro
00:01.000 --> 00:02.500 line:0 align:start
<v Ana>Hello &amp; <i>welcome</i>

01:00:00.000 --> 01:00:03.000
One
two
"""
SRT = (
    "\ufeff2\r\n00:00:04,000 --> 00:00:06,120\r\nSecond\r\n\r\n"
    "1\r\n00:00:01,000 --> 00:00:02,000\r\nFirst\r\n"
)


def test_webvtt_gives_words_and_times_without_markup() -> None:
    assert parse(VTT) == [
        Cue(1.0, 2.5, "Hello & welcome"), Cue(3600.0, 3603.0, "One\ntwo"),
    ]  # fmt: skip


def test_subrip_is_read_too_in_the_order_of_time() -> None:
    assert parse(SRT) == [Cue(1.0, 2.0, "First"), Cue(4.0, 6.12, "Second")]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, Fault.EMPTY),
        ("WEBVTT\n", 1, Fault.EMPTY),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n<b></b>\n", 1, Fault.EMPTY),
        ("Dear all,\nhere are the captions", 1, Fault.NO_TIMING),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\na\n\nb\n", 6, Fault.NO_TIMING),
        ("WEBVTT\n\n00:61.000 --> 01:02.000\na", 3, Fault.BAD_TIMING),
        ("WEBVTT\n\nx\n00:03.000 --> 00:03.000\na", 4, Fault.BACKWARDS),
        ("1\n00:00:01,000 --> 00:00:02\na", 2, Fault.BAD_TIMING),
        ("WEBVTT\n\n00:00:01.000 --> 00:00:02.000 \x00-->\n\x00", 3, None),
    ],
)
def test_file_with_a_fault_names_its_line(text: str, line: int, reason: Fault | None) -> None:
    if reason is None:
        assert parse(text) == [Cue(1.0, 2.0, "\x00")]
        return
    with pytest.raises(BadFile) as raised:
        parse(text)
    assert (raised.value.line, raised.value.reason) == (line, reason)


def test_written_file_is_webvtt_word_by_word() -> None:
    cues = [Cue(1.0, 2.5, "Rouge <No. 5> & more"), Cue(3599.9996, 3603.0, "One\ntwo")]
    assert "".join(write(cues)) == (
        "WEBVTT\n"
        "\n00:00:01.000 --> 00:00:02.500\nRouge &lt;No. 5&gt; &amp; more\n"
        "\n01:00:00.000 --> 01:00:03.000\nOne\ntwo\n"
    )
    assert timestamp(0.0004) == "00:00:00.000"


_WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1)


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 10**4), _WORDS), min_size=1))
def test_written_file_is_read_again_as_it_was(said: list[tuple[int, int, str]]) -> None:
    cues = [Cue(at / 1000, (at + ms) / 1000, words) for at, ms, words in sorted(said)]
    again = parse("".join(write(cues)))
    assert sorted(again, key=repr) == sorted(cues, key=repr)


@given(st.text(alphabet="WEBVTT\n0123456789:.,-> <b>&;\x00\u2028"))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadFile):
        assert all(cue.start_s < cue.end_s and cue.text for cue in parse(text))

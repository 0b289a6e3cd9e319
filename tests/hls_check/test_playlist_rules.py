"""Each rule about playlists finds the sample that breaks it, and nothing in a sound one."""

from collections.abc import Callable, Iterator

import pytest

from showfloor.hls_check.check import ALL_RULES
from showfloor.hls_check.findings import Finding, Severity, exit_code
from showfloor.hls_check.playlist import Playlist, parse
from showfloor.hls_check.rules import (
    date_ranges,
    interstitials,
    low_latency,
    multivariant,
    reloads,
    renditions,
    segments,
    syntax,
)
from tests.hls_check.samples import LIVE, MULTIVARIANT, OTHER, cut, swapped

URL = "https://shop.example/hls/spring/720p.m3u8"


def names(findings: Iterator[Finding]) -> set[str]:
    return {finding.rule.name for finding in findings}


def alone(text: str) -> set[str]:
    """The broken rules of one playlist."""
    playlist = parse(URL, text)
    groups = (syntax, multivariant) if playlist.is_multivariant else (
        syntax, segments, low_latency, date_ranges, interstitials,
    )  # fmt: skip
    return {name for group in groups for name in names(group.check(playlist))}


def test_sound_playlists_break_no_rule() -> None:
    assert alone(LIVE) == set()
    assert alone(MULTIVARIANT) == set()
    assert names(renditions.check(pair(LIVE, OTHER))) == set()
    assert names(reloads.check(parse(URL, LIVE), parse(URL, LIVE))) == set()


TRAILER = swapped(
    LIVE, "#EXT-X-DATERANGE", '#EXT-X-DATERANGE:ID="t1",CLASS="com.apple.hls.interstitial",'
    'START-DATE="2026-03-01T18:30:01.500Z",DURATION=15.000,CUE="PRE,ONCE",X-RESUME-OFFSET=0,'
    'X-ASSET-URI="https://shop.example/hls/teaser/index.m3u8?_HLS_interstitial_id=t1",'
    'X-RESTRICT="SKIP",X-CONTENT-MAY-VARY="NO",X-SKIP-CONTROL-LABEL-ID="Skip-it"\n'
    "#EXT-X-DATERANGE",
)  # fmt: skip

# Rule, the sound sample, a text in it, and the text that breaks the rule.
SAMPLES = [
    ("first-line", LIVE, "#EXTM3U\n", "\n"),
    ("byte-order-mark", LIVE, "#EXTM3U", "\ufeff#EXTM3U"),
    ("attributes", LIVE, "PART-TARGET=0.500", "PART-TARGET = 0.500"),
    ("attribute-twice", LIVE, "HOLD-BACK=12,", "HOLD-BACK=12,HOLD-BACK=12,"),
    ("tag-twice", LIVE, "#EXT-X-MEDIA-SEQUENCE:6", "#EXT-X-MEDIA-SEQUENCE:6\n#EXT-X-VERSION:6"),
    ("two-kinds", MULTIVARIANT, "#EXTM3U", "#EXTM3U\n#EXT-X-TARGETDURATION:4"),
    ("version-low", LIVE, "VERSION:6", "VERSION:5"),
    ("version-high", LIVE, "VERSION:6", "VERSION:9"),
    ("no-variant", MULTIVARIANT, "#EXT-X-STREAM-INF", "#EXT-X-OTHER"),
    ("no-variant-uri", MULTIVARIANT, "\n720p.m3u8", "\n# 720p.m3u8"),
    ("no-bandwidth", MULTIVARIANT, ":BANDWIDTH", ":X-BANDWIDTH"),
    ("average-above-peak", MULTIVARIANT, "AVERAGE-BANDWIDTH=2", "AVERAGE-BANDWIDTH=9"),
    ("no-codecs", MULTIVARIANT, "CODECS", "X-CODECS"),
    ("no-resolution", MULTIVARIANT, "RESOLUTION", "X-RESOLUTION"),
    ("no-frame-rate", MULTIVARIANT, "FRAME-RATE", "X-FRAME-RATE"),
    ("no-group", MULTIVARIANT, 'AUDIO="a"', 'AUDIO="b"'),
    ("media-incomplete", MULTIVARIANT, 'NAME="Sound",', ""),
    ("media-uri", MULTIVARIANT, "TYPE=AUDIO", "TYPE=CLOSED-CAPTIONS"),
    ("autoselect", MULTIVARIANT, "DEFAULT=YES", "DEFAULT=YES,AUTOSELECT=NO"),
    ("forced", MULTIVARIANT, "DEFAULT=YES", "DEFAULT=YES,FORCED=NO"),
    ("no-language", MULTIVARIANT, 'LANGUAGE="en",', ""),
    ("name-twice", MULTIVARIANT, 'NAME="Commentary"', 'NAME="Sound"'),
    ("steering-uri", MULTIVARIANT, "SERVER-URI", "X-SERVER-URI"),
    ("pathway", MULTIVARIANT, 'steering",PATHWAY-ID="one"', 'steering",PATHWAY-ID="three"'),
    ("no-target-duration", LIVE, "TARGETDURATION:4", "TARGETDURATION:4.5"),
    ("segment-too-long", LIVE, "#EXTINF:4.00000", "#EXTINF:4.50000"),
    ("no-extinf", LIVE, "#EXTINF:4.00000,\n1/720p/7.m4s", "1/720p/7.m4s"),
    ("no-map", LIVE, '#EXT-X-MAP:URI="1/720p/init.mp4"\n', ""),
    ("bad-date", LIVE, "2026-03-01T18:30:00.000Z", "yesterday"),
    ("date-zone", LIVE, "2026-03-01T18:30:00.000Z", "2026-03-01T18:30:00Z"),
    ("undated-cut", LIVE, "#EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:31:08.000Z",
     "#EXT-X-DISCONTINUITY"),
    ("date-back", LIVE, "2026-03-01T18:31:08.000Z", "2026-03-01T18:30:06.900Z"),
    ("date-drift", LIVE, "2026-03-01T18:30:04.000Z", "2026-03-01T18:30:05.500Z"),
    ("live-vod", LIVE, "#EXT-X-PART-INF", "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-PART-INF"),
    ("short-window", LIVE, "TARGETDURATION:4", "TARGETDURATION:6"),
    ("no-part-inf", LIVE, "#EXT-X-PART-INF:PART-TARGET=0.500\n", ""),
    ("part-too-long", LIVE, 'DURATION=0.50000,URI="2/720p/9.1', 'DURATION=0.60000,URI="2/720p/9.1'),
    ("part-too-short", LIVE, 'DURATION=0.50000,URI="2/720p/9.1',
     'DURATION=0.40000,URI="2/720p/9.1'),
    ("part-uri", LIVE, 'URI="2/720p/10.1.m4s"', 'X-URI="2/720p/10.1.m4s"'),
    ("tag-behind-part", LIVE, '2/720p/9.1.m4s"\n',
     '2/720p/9.1.m4s"\n#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:31:08.000Z\n'),
    ("parts-sum", LIVE, "#EXTINF:2.00000", "#EXTINF:2.50000"),
    ("old-parts", LIVE, "#EXTINF:4.00000,\n1/720p/6",
     '#EXT-X-PART:DURATION=0.50000,URI="x"\n#EXTINF:4.00000,\n1/720p/6'),
    ("no-part-hold-back", LIVE, "PART-HOLD-BACK", "X-HOLD"),
    ("part-hold-back-min", LIVE, "PART-HOLD-BACK=1.500", "PART-HOLD-BACK=0.900"),
    ("part-hold-back-low", LIVE, "PART-HOLD-BACK=1.500", "PART-HOLD-BACK=1.200"),
    ("hold-back-min", LIVE, ",HOLD-BACK=12", ",HOLD-BACK=11"),
    ("skip-until-min", LIVE, "CAN-SKIP-UNTIL=24", "CAN-SKIP-UNTIL=23"),
    ("skip-dateranges", LIVE, "CAN-SKIP-UNTIL=24", "CAN-SKIP-DATERANGES=YES"),
    ("no-skip", swapped(LIVE, "#EXTINF:4.00000,\n1/720p/7", "#EXTINF:200.0,\n1/720p/7"),
     "CAN-SKIP-UNTIL=24", "X-NOTHING=24"),
    ("no-block-reload", LIVE, "CAN-BLOCK-RELOAD=YES", "CAN-BLOCK-RELOAD=NO"),
    ("no-preload-hint", LIVE, "#EXT-X-PRELOAD-HINT", "#EXT-X-NOTHING"),
    ("hint-twice", LIVE, "#EXT-X-PRELOAD-HINT",
     '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="x"\n#EXT-X-PRELOAD-HINT'),
    ("hint-after-end", LIVE, "#EXT-X-RENDITION", "#EXT-X-ENDLIST\n#EXT-X-RENDITION"),
    ("hint-listed", LIVE, "2/720p/10.2.m4s", "2/720p/10.1.m4s"),
    ("no-dates", LIVE, "#EXT-X-PROGRAM-DATE-TIME", "#EXT-X-OTHER"),
    ("range-id", LIVE, 'ID="h1"', 'X-ID="h1"'),
    ("range-start", LIVE, 'START-DATE="2026', 'X-START="2026'),
    ("range-date", LIVE, 'START-DATE="2026-03-01T18:30:01.500Z"', 'START-DATE="soon"'),
    ("range-without-dates", LIVE, "#EXT-X-PROGRAM-DATE-TIME", "#EXT-X-OTHER"),
    ("range-negative", LIVE, "DURATION=3.500", "DURATION=-3.500"),
    ("range-two-ends", LIVE, "DURATION=3.500",
     'DURATION=3.500,END-DATE="2026-03-01T18:30:06.000Z"'),
    ("range-contradicts", LIVE, "#EXT-X-PRELOAD",
     '#EXT-X-DATERANGE:ID="h1",CLASS="another"\n#EXT-X-PRELOAD'),
    ("range-extension", LIVE, 'X-COM-EXAMPLE-NAME="Coat"', "X-COM-EXAMPLE-NAME=Coat"),
    ("range-on-next", LIVE, "DURATION=3.500", "DURATION=3.500,END-ON-NEXT=YES"),
    ("range-zone", LIVE, "18:30:01.500Z", "18:30:01"),
    ("range-cue", TRAILER, '"PRE,ONCE"', '"PRE,POST"'),
    ("interstitial-asset", TRAILER, "X-RESUME", 'X-ASSET-LIST="a.json",X-RESUME'),
    ("interstitial-asset", TRAILER, "X-ASSET-URI", "X-ASSET"),
    ("interstitial-absolute", TRAILER, "https://shop.example/hls/teaser/", "/hls/teaser/"),
    ("interstitial-number", TRAILER, "X-RESUME-OFFSET=0", 'X-RESUME-OFFSET="0"'),
    ("interstitial-word", TRAILER, '"SKIP"', '"STAY"'),
    ("interstitial-choice", TRAILER, '"NO"', '"NEVER"'),
    ("interstitial-label", TRAILER, '"Skip-it"', '"Skip it!"'),
    ("interstitial-query", TRAILER, "_id=t1", "_id=t2"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "sound", "was", "breaks"), SAMPLES, ids=[s[0] for s in SAMPLES])
def test_rule_finds_its_broken_playlist(rule: str, sound: str, was: str, breaks: str) -> None:
    assert rule not in alone(sound)
    assert rule in alone(swapped(sound, was, breaks))


def pair(one: str, other: str) -> list[Playlist]:
    return [parse(URL, one), parse(URL.replace("720p", "480p"), other)]


ACROSS = [
    ("target-differs", "TARGETDURATION:4", "TARGETDURATION:5"),
    ("dates-in-some", "#EXT-X-PROGRAM-DATE-TIME", "#EXT-X-OTHER"),
    ("cut-differs", "#EXT-X-DISCONTINUITY-SEQUENCE:3", "#EXT-X-DISCONTINUITY-SEQUENCE:2"),
    ("ranges-differ", 'ID="h1"', 'ID="h2"'),
    ("control-differs", "CAN-SKIP-UNTIL=24", "CAN-SKIP-UNTIL=30"),
    ("no-report", "#EXT-X-RENDITION-REPORT", "#EXT-X-OTHER"),
    ("report-unknown", 'REPORT:URI="720p.m3u8"', 'REPORT:URI="1080p.m3u8"'),
    ("report-absolute", 'REPORT:URI="720p.m3u8"', 'REPORT:URI="/hls/spring/720p.m3u8"'),
    ("report-wrong", "LAST-PART=1", "LAST-PART=0"),
    ("out-of-sync", "LAST-MSN=10,LAST-PART=1", "LAST-MSN=8,LAST-PART=1"),
]


@pytest.mark.parametrize(("rule", "was", "breaks"), ACROSS, ids=[s[0] for s in ACROSS])
def test_rule_finds_a_rendition_that_differs(rule: str, was: str, breaks: str) -> None:
    assert rule in names(renditions.check(pair(LIVE, swapped(OTHER, was, breaks))))


NEXT = swapped(
    LIVE, '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="2/720p/10.2.m4s"',
    '#EXT-X-PART:DURATION=0.50000,URI="2/720p/10.2.m4s"\n'
    '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="2/720p/10.3.m4s"',
)  # fmt: skip
EVENT = swapped(LIVE, "#EXT-X-PART-INF", "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-PART-INF")
LATER = [
    ("target-changed", LIVE, swapped(NEXT, "TARGETDURATION:4", "TARGETDURATION:5")),
    ("sequence-back", LIVE, swapped(NEXT, "SEQUENCE:6", "SEQUENCE:5")),
    ("segment-changed", LIVE, swapped(NEXT, "1/720p/8.m4s", "1/720p/8b.m4s")),
    ("part-changed", LIVE, swapped(NEXT, "2/720p/9.1.m4s", "2/720p/9.1b.m4s")),
    ("cuts-changed", LIVE, swapped(NEXT, "SEQUENCE:3", "SEQUENCE:4")),
    ("event-shorter", EVENT, swapped(EVENT, "SEQUENCE:6", "SEQUENCE:7")),
    ("after-end", swapped(cut(LIVE, "#EXT-X-PRELOAD"), "", "") + "#EXT-X-ENDLIST\n",
     cut(LIVE, "#EXT-X-PRELOAD") + "#EXTINF:1.0,\n2/720p/10.m4s\n#EXTINF:1.0,\n2/720p/11.m4s\n"),
    ("range-removed", LIVE, swapped(NEXT, "#EXT-X-DATERANGE", "#EXT-X-OTHER")),
    ("range-changed", LIVE, swapped(NEXT, '"Coat"', '"Hat"')),
    ("no-map-hint", LIVE, swapped(NEXT, "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:31:10.000Z",
     '#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:31:10.000Z\n#EXT-X-MAP:URI="3/720p/init.mp4"')),
    ("hint-broken", LIVE, swapped(NEXT, 'URI="2/720p/10.2.m4s"', 'URI="2/720p/other.m4s"')),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "before", "after"), LATER, ids=[s[0] for s in LATER])
def test_rule_finds_a_change_that_is_not_allowed(rule: str, before: str, after: str) -> None:
    assert names(reloads.check(parse(URL, LIVE), parse(URL, NEXT))) == set()
    assert rule in names(reloads.check(parse(URL, before), parse(URL, after)))


def test_segment_without_an_address_is_asked_for_as_a_file() -> None:
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttps://[::1\n#EXT-X-ENDLIST\n"
    playlist = parse("https://shop.example/hls/show/720p.m3u8", text)
    list(segments.check(playlist))
    [segment] = playlist.complete
    address = playlist.address(segment.uri)
    assert address == "https://shop.example/hls/show/https%3A%2F%2F%5B%3A%3A1"


def test_range_may_leave_with_its_last_segment() -> None:
    start = LIVE.index("#EXT-X-DATERANGE")
    without = LIVE[:start] + LIVE[LIVE.index("\n", start) + 1 :]
    assert "range-removed" in names(reloads.check(parse(URL, LIVE), parse(URL, without)))
    later = without.replace("18:29", "18:39").replace("18:30", "18:40").replace("18:31", "18:41")
    assert "range-removed" not in names(reloads.check(parse(URL, LIVE), parse(URL, later)))


LONG = swapped(LIVE, "#EXTINF:4.00000,\n1/720p/6", "#EXTINF:40.0,\n1/720p/6")
DELTA = (
    swapped(LONG[: LONG.index("#EXT-X-MAP")], "VERSION:6", "VERSION:9")
    + "#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n"
    + LONG[LONG.index("#EXTINF:40.0,\n1/720p/6.m4s\n") + len("#EXTINF:40.0,\n1/720p/6.m4s\n") :]
)
WIDE = swapped(LONG, "#EXTINF:4.00000,\n1/720p/8", "#EXTINF:24.0,\n1/720p/8")
TIMED: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
    ("not-advanced", lambda: reloads.check_blocking(parse(URL, LIVE), (10, 2))),
    ("segment-late", lambda: reloads.check_cadence(parse(URL, LIVE), 6.6)),
    ("no-delta", lambda: reloads.check_delta(parse(URL, WIDE), parse(URL, WIDE))),
    ("delta-differs", lambda: reloads.check_delta(
        parse(URL, LONG), parse(URL, swapped(DELTA, "1/720p/8.m4s", "1/720p/7.m4s")))),
    ("delta-too-much", lambda: reloads.check_delta(parse(URL, LONG), parse(URL, DELTA))),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "found"), TIMED, ids=[s[0] for s in TIMED])
def test_rule_finds_a_reload_that_is_not_answered_well(
    rule: str, found: Callable[[], Iterator[Finding]]
) -> None:
    assert rule in names(found())


def test_reload_and_delta_that_are_answered_well_break_no_rule() -> None:
    live = parse(URL, LIVE)
    assert names(reloads.check_blocking(live, (10, 1))) == set()
    assert names(reloads.check_blocking(live, (9, None))) == set()
    assert names(reloads.check_cadence(live, 6.4)) == set()
    delta = swapped(DELTA, "#EXTINF:4.00000,\n1/720p/8", "#EXTINF:24.0,\n1/720p/8")
    assert names(reloads.check_delta(parse(URL, WIDE), parse(URL, delta))) == set()


def test_exit_code_follows_the_worst_finding() -> None:
    by_name = {rule.name: rule for rule in ALL_RULES}
    assert exit_code([]) == 0
    assert exit_code([Finding(by_name["version-high"], URL)]) == 0
    assert exit_code([Finding(by_name["old-parts"], URL)]) == 1
    assert exit_code([Finding(by_name["old-parts"], URL), Finding(by_name["no-map"], URL)]) == 2


def test_every_rule_has_a_name_of_its_own_and_a_sample() -> None:
    from tests.hls_check import test_server_rules  # the other half of the samples

    all_names = [rule.name for rule in ALL_RULES]
    assert len(all_names) == len(set(all_names))
    sampled = {s[0] for group in (SAMPLES, ACROSS, LATER, TIMED) for s in group}
    assert set(all_names) == sampled | test_server_rules.SAMPLED
    assert {rule.severity for rule in ALL_RULES} == set(Severity)

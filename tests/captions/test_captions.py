"""Captions: said live at their picture, corrected, taken away, replaced by a file, read."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from showfloor.accounts.models import Brand, Role, User
from showfloor.adapters.filesystem.recorded_runs import recorded_runs
from showfloor.captions import keys, queries, rules, services
from showfloor.captions.models import Caption, CaptionTranslation, SpokenLanguage
from showfloor.captions.services import CaptionDraft
from showfloor.captions.tracks import read
from showfloor.captions.trimming import follow_trims
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound, NotSignedIn
from showfloor.shows import recorded_time
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.timeline import queries as timeline
from tests.conftest import make_staff
from tests.support.reducer import verifier
from tests.support.shows import Caller, make_show, started_before

S = timedelta(seconds=1)


@pytest.fixture
def show(brand: Brand, producer: User) -> Show:
    """Live for a minute."""
    return started_before(shows.start(make_show(brand), producer), 60)


@pytest.fixture
def ended(show: Show, producer: User) -> Iterator[Show]:
    """A show of a minute with a recording that has a gap of ten seconds after twenty."""
    over = shows.end(show, producer)
    began = over.started_at
    assert began is not None
    recorded_time.use(lambda _channel: [(began, began + 20 * S), (began + 30 * S, began + 60 * S)])
    yield over
    recorded_time.use(lambda _channel: [])


def texts(show: Show, language: str = "en") -> list[str]:
    return [one["text"] for one in queries.captions(show, language)]


def entries(show: Show) -> list[tuple[str, dict[str, Any]]]:
    found = timeline.read(show.timeline_id, 0)
    return [(one.kind, dict(one.body)) for one in found if one.kind.startswith("caption")]


def say(show: Show, cue_id: str, text: str, at: datetime | None = None) -> Caption:
    return services.say(show, "en", [CaptionDraft(cue_id, text, at)], "")[0]


def test_caption_stands_on_the_timeline_at_its_picture(show: Show) -> None:
    at = utc_now() - 5 * S
    said = services.say(
        show, "en", [CaptionDraft("c1", " Two\tshades \n of\nred ", at, at + 2 * S)], ""
    )
    (entry,) = [e for e in timeline.read(show.timeline_id, 0) if e.kind == "caption.shown"]
    assert dict(entry.body) == {
        "caption_id": said[0].pk, "language": "en", "text": "Two shades\nof red",
        "starts_at": iso_ms(at), "ends_at": iso_ms(at + 2 * S),
    }  # fmt: skip
    assert entry.wire()["picture_at"] == iso_ms(at)
    assert queries.snapshot(show) == {"caption_languages": ["en"]}


def test_caption_without_times_begins_now_and_stays_as_long_as_people_read(show: Show) -> None:
    row = say(show, "c1", "x" * 51)
    assert utc_now() - row.starts_at < 5 * S
    assert row.ends_at - row.starts_at == 3 * S
    assert rules.reading_time("a") == 1.5 * S
    assert rules.reading_time("a" * 300) == 7 * S


def test_cue_that_is_sent_again_is_no_second_caption_and_other_words_correct_it(show: Show) -> None:
    first = say(show, "c1", "Rouge number fife")
    again = say(show, "c1", "Rouge number fife")
    assert (again.pk, len(entries(show))) == (first.pk, 1)
    say(show, "c1", "Rouge number five")
    (_said, body), changed = entries(show)
    assert body["text"] == "Rouge number five"
    assert changed == ("caption.changed", {"caption_id": first.pk, "text": "Rouge number five"})
    assert texts(show) == ["Rouge number five"]


def test_caption_that_is_taken_away_leaves_no_words(show: Show) -> None:
    row = say(show, "c1", "What the host should not have said")
    services.remove(show, row.pk, "")
    assert entries(show) == [
        ("caption.shown", {"caption_id": row.pk}),
        ("caption.changed", {"caption_id": row.pk, "text": None}),
    ]
    assert texts(show) == []
    with pytest.raises(NotFound):
        services.correct(show, row.pk, "again", "")


def test_words_of_a_correction_are_gone_after_the_next_one_and_after_a_removal(show: Show) -> None:
    row = say(show, "c1", "first")
    services.correct(show, row.pk, "second", "")
    services.correct(show, row.pk, "third", "")
    assert [body.get("text") for _kind, body in entries(show)] == ["third", None, "third"]
    assert entries(show)[1] == ("caption.changed", {"caption_id": "", "text": None})
    services.remove(show, row.pk, "")
    assert [body.get("text") for _kind, body in entries(show)] == [None] * 4


def test_words_of_staff_stand_when_a_captioner_sends_a_cue_again(show: Show) -> None:
    wrong, gone = say(show, "c1", "Rouge fife"), say(show, "c2", "What nobody should hear")
    services.correct(show, wrong.pk, "Rouge five", "")
    services.remove(show, gone.pk, "")
    before = entries(show)
    again = [CaptionDraft("c1", "Rouge fife"), CaptionDraft("c2", "What nobody should hear")]
    assert [row.text for row in services.say(show, "en", again, "")] == ["Rouge five"]
    assert (texts(show), entries(show)) == (["Rouge five"], before)


@pytest.mark.parametrize(
    ("language", "cue_id", "text", "seconds", "field"),
    [
        ("english", "c1", "a", (None, None), "language"),
        ("d", "c1", "a", (None, None), "language"),
        ("es-\u0664\u0661\u0669", "c1", "a", (None, None), "language"),
        ("en", "", "a", (None, None), "cue_id"),
        ("en", "c" * 65, "a", (None, None), "cue_id"),
        ("en", "c\n1", "a", (None, None), "cue_id"),
        ("en", "c\0", "a", (None, None), "cue_id"),
        ("en", "c1", " \u200b \n", (None, None), "text"),
        ("en", "c1", "a" * 301, (None, None), "text"),
        ("en", "c1", "a", (-3600, None), "starts_at"),
        ("en", "c1", "a", (3600, None), "starts_at"),
        ("en", "c1", "a", (None, 1), "ends_at"),
        ("en", "c1", "a", (None, 3600), "ends_at"),
        ("en", "c1", "a", (10, 10.0004), "ends_at"),
    ],
)
def test_bad_caption_is_refused_by_field_and_changes_nothing(
    show: Show, language: str, cue_id: str, text: str,
    seconds: tuple[float | None, float | None], field: str,
) -> None:  # fmt: skip
    began = show.started_at
    assert began is not None
    times = [None if one is None else began + one * S for one in seconds]
    drafts = [CaptionDraft("good", "good"), CaptionDraft(cue_id, text, *times)]
    with pytest.raises(Invalid) as raised:
        services.say(show, language, drafts, "")
    assert raised.value.field == field
    assert (entries(show), texts(show)) == ([], [])


def test_show_that_has_not_begun_has_no_captions(brand: Brand) -> None:
    with pytest.raises(Conflict) as raised:
        say(make_show(brand), "c1", "Hello")
    assert raised.value.code == "show-not-started"


def test_languages_are_written_in_one_way_and_bounded(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [rules.clean_language(one) for one in ("DE", "pt_br", "zh-hant-TW", "es-419")] == [
        "de", "pt-BR", "zh-Hant-TW", "es-419",
    ]  # fmt: skip
    monkeypatch.setattr(rules, "LANGUAGES_MAX", 1)
    say(show, "c1", "Hello")
    with pytest.raises(Conflict):
        services.say(show, "de", [CaptionDraft("c1", "Hallo")], "")
    monkeypatch.setattr(services, "CAPTIONS_MAX", 1)
    with pytest.raises(Conflict) as raised:
        say(show, "c2", "once more")
    assert raised.value.code == "captions-full"
    assert texts(show) == ["Hello"]


def test_snapshot_before_with_the_entries_since_is_the_snapshot_of_now(show: Show) -> None:
    verify = verifier(show)
    row: list[Caption] = []
    assert verify(lambda: row.append(say(show, "c1", "Hello"))) == ["caption.shown"]
    assert verify(lambda: services.correct(show, row[0].pk, "Hi", "")) == ["caption.changed"]
    german = [CaptionDraft("c1", "Hallo")]
    assert verify(lambda: services.say(show, "de", german, "")) == ["caption.shown"]


# --- files


def test_file_replaces_a_language_by_the_clock_of_the_recording(ended: Show) -> None:
    began = ended.started_at
    assert began is not None
    live = say(ended, "c1", "from the show", began + 2 * S)
    services.say(ended, "de", [CaptionDraft("c1", "bleibt", began + 2 * S)], "")
    text = "WEBVTT\n\n00:05.000 --> 00:06.500\nBefore\n\n00:25.000 --> 00:27.000\nAfter\n"
    assert services.replace_by_file(ended, "en", text, "") == 2
    assert [(one["text"], one["starts_at"]) for one in queries.captions(ended, "en")] == [
        ("Before", iso_ms(began + 5 * S)), ("After", iso_ms(began + 35 * S)),
    ]  # fmt: skip
    assert texts(ended, "de") == ["bleibt"]
    said, _german, replaced = entries(ended)
    assert said == ("caption.shown", {"caption_id": live.pk})
    assert replaced == ("captions.imported", {"language": "en"})
    assert "".join(queries.as_file(ended, "en")) == (
        "WEBVTT\n\n00:00:05.000 --> 00:00:06.500\nBefore\n\n00:00:25.000 --> 00:00:27.000\nAfter\n"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "Line 1 of the file: a caption needs a line of times above it."),
        ("00:49.000 --> 00:51.000\na\n\n00:50.000 --> 00:51.000\nb\n",
         "Line 4 of the file: the recording is over before."),
        (f"00:01.000 --> 00:02.000\n{'a' * 301}\n",
         "Line 1 of the file: more than 300 characters."),
    ],
)  # fmt: skip
def test_bad_file_names_its_line_and_changes_nothing(ended: Show, text: str, words: str) -> None:
    say(ended, "c1", "stays", ended.started_at)
    with pytest.raises(Invalid) as raised:
        services.replace_by_file(ended, "en", text, "")
    assert (raised.value.field, raised.value.message) == ("file", words)
    assert texts(ended) == ["stays"]


def test_words_of_what_a_trim_cuts_off_are_not_in_the_replay(ended: Show) -> None:
    began = ended.started_at
    assert began is not None
    for second in (2, 12, 40):
        say(ended, f"c{second}", f"at {second}", began + second * S)
    assert texts(ended) == ["at 2", "at 12", "at 40"]
    ended.replay_from, ended.replay_until = began + 10 * S, began + 40 * S
    assert texts(ended) == ["at 12"]
    ended.replay_from = ended.replay_until = None
    assert texts(ended) == ["at 2", "at 12", "at 40"]


def test_trim_takes_the_words_outside_from_the_timeline_until_it_is_undone(ended: Show) -> None:
    began = ended.started_at
    assert began is not None
    rows = [say(ended, f"c{second}", f"at {second}", began + second * S) for second in (2, 12, 40)]
    services.correct(ended, rows[0].pk, "corrected", "")

    def words() -> list[str | None]:
        assert follow_trims() in {0, 2}
        return [body.get("text") for _kind, body in entries(ended)]

    before = entries(ended)
    assert words() == ["corrected", "at 12", "at 40", "corrected"]
    ended.replay_from, ended.replay_until = began + 10 * S, began + 40 * S
    ended.save(update_fields=["replay_from", "replay_until"])
    assert words() == [None, "at 12", None, None]
    services.correct(ended, rows[2].pk, "said otherwise", "")
    assert words() == [None, "at 12", None, None]
    ended.replay_from = ended.replay_until = None
    ended.save(update_fields=["replay_from", "replay_until"])
    assert words() == ["corrected", "at 12", "said otherwise", "corrected"]
    assert [kind for kind, _ in entries(ended)] == [kind for kind, _ in before]


def test_file_is_for_a_show_that_is_over(show: Show) -> None:
    with pytest.raises(Conflict) as raised:
        services.replace_by_file(show, "en", "00:01.000 --> 00:02.000\na\n", "")
    assert raised.value.code == "show-not-ended"
    with pytest.raises(Conflict):
        queries.as_file(show, "en")


def test_clock_of_a_folder_is_read_beside_its_writer(tmp_path: Path) -> None:
    assert recorded_runs(tmp_path / "none") == []
    began = datetime.fromisoformat("2026-03-01T18:30:00+00:00")
    line = (
        '{"msn":%d,"broadcast":1,"discontinuity":%s,"pdt":"%s","duration":"2","public":%s,'
        '"rungs":{},"init":1}'
    )
    rows = [(0, "true", 0, "false"), (1, "false", 2, "true"), (2, "false", 4, "true"),
            (3, "true", 9, "true")]  # fmt: skip
    lines = [line % (n, cut, iso_ms(began + at * S), seen) for n, cut, at, seen in rows]
    (tmp_path / "index.jsonl").write_text("\n".join(['{"broadcast":1}', *lines, '{"msn":4,"br']))
    assert recorded_runs(tmp_path) == [
        (began + 2 * S, began + 6 * S), (began + 9 * S, began + 11 * S),
    ]  # fmt: skip


# --- who may


def test_key_opens_its_own_show_until_it_is_renewed(show: Show, brand: Brand) -> None:
    assert keys.key_of(show) is None
    key = keys.renew(show)
    other = make_show(brand, "Other")
    keys.renew(other)
    assert keys.key_of(show) == key
    assert keys.show_opened_by(show.slug, f"Bearer {key}") == show
    new = keys.renew(show)
    assert new != key
    for slug, header in [
        (show.slug, f"Bearer {key}"), (other.slug, f"Bearer {new}"), ("none", f"Bearer {new}"),
        (show.slug, new), (show.slug, ""), (show.slug, "Bearer \u00e4"),
    ]:  # fmt: skip
        with pytest.raises(NotSignedIn):
            keys.show_opened_by(slug, header)


def test_captioner_writes_with_the_key_and_everybody_reads(
    show: Show, producer: User, stranger: User, brand: Brand
) -> None:
    staff, anyone = Caller(user=producer), Caller()
    host = Caller(user=make_staff(brand, Role.HOST, "host@example.test"))
    body = {"language": "en", "captions": [{"cue_id": "c1", "text": "Hello"}]}
    _status, made = staff.call("POST", f"/shows/{show.slug}/caption-key/rotate")
    keyed = f"/captioning/{show.slug}/captions"
    assert anyone.call("POST", keyed, body)[0] == 401
    captioner = Caller()
    captioner._headers["authorization"] = f"Bearer {made['key']}"
    status, (said,) = captioner.call("POST", keyed, body)
    assert (status, said["text"]) == (201, "Hello")
    assert anyone.call("GET", f"/shows/{show.slug}/captions?language=en") == (200, [said])
    for caller in (anyone, captioner, Caller(user=stranger)):
        assert caller.call("POST", f"/shows/{show.slug}/captions", body)[0] in {401, 403, 404}
    path = f"/shows/{show.slug}/captions/{said['caption_id']}"
    of_host = {"language": "de", "captions": [{"cue_id": "h1", "text": "Hallo"}]}
    assert host.call("POST", f"/shows/{show.slug}/captions", of_host)[0] == 201
    assert host.call("DELETE", path)[0] == 403
    assert staff.call("PATCH", path, {"text": "Hi"})[1]["text"] == "Hi"
    assert staff.call("DELETE", path)[0] == 204
    assert anyone.call("GET", f"/shows/{show.slug}/captions?language=en") == (200, [])
    assert anyone.call("GET", f"/shows/{show.slug}/captions?language=klingon")[0] == 422


def test_list_comes_in_pages_that_lack_and_repeat_nothing(show: Show) -> None:
    at = utc_now() - 30 * S
    rows = [
        Caption(
            show=show, language="en", cue_id=str(n), text=str(n), source="live",
            starts_at=at + (n // 2) * S / 100, ends_at=at + 20 * S,
        )
        for n in range(queries.PAGE + 5)
    ]  # fmt: skip
    Caption.objects.for_brand(show.brand_id).bulk_create(rows)
    path, anyone = f"/shows/{show.slug}/captions?language=en", Caller()
    _status, first = anyone.call("GET", path)
    last = first[-1]
    _status, rest = anyone.call("GET", f"{path}&after={last['starts_at']}/{last['caption_id']}")
    assert (len(first), len(rest)) == (queries.PAGE, 5)
    assert sorted(int(one["text"]) for one in [*first, *rest]) == list(range(queries.PAGE + 5))
    status, refused = anyone.call("GET", f"{path}&after=x")
    assert (status, refused["field"]) == (422, "after")


@pytest.mark.parametrize("after", ["0001-01-01T00:00:00+14:00/x", "2026-01-01T00:00:00/x", "x"])
def test_place_in_the_list_that_is_none_is_refused(show: Show, after: str) -> None:
    status, body = Caller().call(
        "GET", f"/shows/{show.slug}/captions?language=en&after={quote(after)}"
    )
    assert (status, body["field"]) == (422, "after")


def test_tracks_follow_the_captions_by_language_and_know_when_each_came(show: Show) -> None:
    first = say(show, "c1", "Rouge number fife", utc_now() - 9 * S)
    known = read(show.pk)
    [english] = known.tracks
    assert (english.language, english.name) == ("en", "English")
    assert [(one.text, one.arrived_at) for one in english.cues] == [("Rouge number fife", None)]
    assert read(show.pk, known) is known
    services.correct(show, first.pk, "Rouge number five", "")
    services.say(show, "pt-BR", [CaptionDraft("c1", "Olá", utc_now() - 5 * S)], "")
    later = read(show.pk, known)
    assert [(one.language, one.name) for one in later.tracks] == [
        ("en", "English"), ("pt-BR", "Português brasileiro"),
    ]  # fmt: skip
    corrected, said = (one.cues[0] for one in later.tracks)
    assert (corrected.text, corrected.arrived_at) == ("Rouge number five", None)
    assert said.arrived_at is not None
    services.remove(show, first.pk, "")
    assert [one.language for one in read(show.pk, later).tracks] == ["pt-BR"]
    assert read("another show").tracks == ()


def test_ordered_language_has_its_track_before_its_first_caption_until_the_show_ends(
    show: Show,
) -> None:
    say(show, "c1", "Good evening", utc_now() - 9 * S)
    known = read(show.pk)
    SpokenLanguage(show=show, language="en").save()
    CaptionTranslation(show=show, source="en", language="fr").save()
    known = read(show.pk, known)
    assert [(one.language, len(one.cues)) for one in known.tracks] == [("en", 1), ("fr", 0)]
    assert read(show.pk) == known
    shows.end(show, User.objects.get())
    assert [one.language for one in read(show.pk, known).tracks] == ["en"]

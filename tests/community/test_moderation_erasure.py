"""Erasure of a person: afterwards neither the name nor the words are anywhere, and nothing else is
gone."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from showfloor.accounts import bans
from showfloor.accounts.models import Ban, Brand, Member, Role, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import services as chat
from showfloor.community.chat.models import Message
from showfloor.community.moderation import (
    decisions,
    erasure,
    queries,
    recommendations,
    scrubbing,
    services,
)
from showfloor.community.moderation.services import BanRequest, NewRestriction
from showfloor.community.questions import erasure as forgetting
from showfloor.community.questions import services as questions
from showfloor.community.questions.services import AnswerRequest
from showfloor.community.safety import auto_mod, review
from showfloor.community.safety.models import RestrictionKind
from showfloor.privacy.erasure import erase
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.site import show_data
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from showfloor.timeline import services as timeline_services
from showfloor.timeline.bus import Wake, bus
from showfloor.timeline.log import NewEntry
from tests.community.interacting import asked, wish
from tests.community.moderating import heard, held, last_line, member, report, told, waiting, word
from tests.conftest import make_staff
from tests.support.chat import post_message
from tests.support.reducer import follow, verifier
from tests.support.shows import Caller, guest, make_show
from tests.support.traces import tables_with

NAMES = Path(__file__).parents[2] / "frontend/src/timeline-client/erased-names.json"
NAME = "Zaphodine"  # in no other text
WORDS = "quixotically"


@pytest.fixture
def owner(brand: Brand) -> User:
    return make_staff(brand, Role.OWNER, "owner@example.test")


@pytest.fixture
def her(brand: Brand) -> Claims:
    return member(brand, NAME)


def traces() -> list[str]:
    """Return the tables in which her name or her words stand."""
    return tables_with(NAME, WORDS)


def lead_a_life(show: Show, brand: Brand, her: Claims, moderator: User) -> None:
    """Everything that leaves a trace of her."""
    user = User.objects.create_user("her@example.test")
    account = Member(pk=her.sub[2:], brand=brand, user=user, display_name=NAME)
    account.save()
    of_member = ContentType.objects.get_for_model(Member)
    LogEntry.objects.create(
        user=moderator, content_type=of_member, object_id=account.pk, object_repr=NAME,
        action_flag=CHANGE, change_message="[]",
    )  # fmt: skip
    ben = guest(brand, "Ben", network="net-of-ben")
    said = post_message(show, her, "c1", f"I {WORDS} love it")
    post_message(show, ben, "c1", f"You're right, @{NAME.lower()}!", said.pk)
    post_message(show, ben, "c2", f"Do you think so, @Ben and @{NAME}?")
    chat.pin(show, said.pk, None, moderator)
    deleted = post_message(show, her, "c2", f"no, {WORDS} hate it")
    chat.delete_message(show, deleted.pk, moderator)
    for viewer in (member(brand, "Kim"), member(brand, "Max"), member(brand, "Uma")):
        report(show, viewer, said)
    report(show, her, post_message(show, ben, "c3", "hi there"))
    held(show, her, f"fake {WORDS}")
    decisions.decide(show, waiting_of(show, "word"), "decline", f"{NAME}, please", moderator)
    word(brand, "perhaps", "hold")
    post_message(show, her, "c4", f"perhaps {WORDS}")  # waits still
    question = asked(show, her, f"Is it {WORDS} red?")
    wish(show, ben, question)
    for asker, text in ((ben, "Is it red?"), (guest(brand, "Kai", network="n2"), "Red?")):
        questions.merge(show, asked(show, asker, text).pk, question.pk, moderator)
    order = AnswerRequest("public", f"Yes {NAME}, {WORDS} so")
    questions.answer(show, question.pk, order, moderator)
    named = post_message(show, ben, "c4", f"love you, @{NAME.upper()}")
    post_message(show, guest(brand, "Lu", network="n3"), "c1", "me too", named.pk)
    chat.pin(show, named.pk, None, moderator)
    word(brand, "queen", "flag")
    post_message(show, guest(brand, "Mo", network="n4"), "c1", f"queen @{NAME}")
    held(show, guest(brand, "Ed", network="n5"), f"a fake @{NAME}")
    for kind in RestrictionKind:
        row = services.restrict(
            show, NewRestriction(kind, said.pk, reason=f"{NAME} is rude"), moderator
        )
        if kind is not RestrictionKind.SHADOW:
            services.lift(show, row.pk, moderator)
    auto_mod.forget()
    post_message(show, her, "c5", f"shadowed {WORDS}")
    services.ban_viewer(show, BanRequest(said.pk, reason=f"{NAME} again", minutes=5), moderator)
    with timeline_services.write():
        offer = {"product_id": None, "text": f"For {NAME}", "name": "Mo"}
        personal_stream.tell(brand.pk, her.sub, [NewEntry("offer.made", offer)])


def waiting_of(show: Show, reason: str) -> str:
    found = review.items_of(show).get(state="open", reason=reason)
    return found.pk


def test_nothing_is_left_of_an_erased_person(
    show: Show, brand: Brand, her: Claims, moderator: User, owner: User
) -> None:
    lead_a_life(show, brand, her, moderator)
    assert set(traces()) >= {
        "accounts.Ban", "accounts.Member", "admin.LogEntry", "community.AuditEntry",
        "community.Message", "community.Question", "community.Restriction", "timeline.Entry",
    }  # fmt: skip
    erased = erase(brand, her.sub, owner)
    assert (erased["messages"], erased["questions"], erased["shows"]) == (5, 1, 1)
    assert traces() == []
    shows.start(show, moderator)
    shows.end(show, moderator)
    for caller in (Caller(), Caller(user=moderator), Caller(viewer=guest(brand))):
        for path in (
            "", "/entries", "/review", "/audit", "/questions", "/questions.csv", "/restrictions",
        ):  # fmt: skip
            _status, text = caller.text(f"/api/v1/shows/{show.slug}{path}")
            assert NAME.casefold() not in text.casefold()
            assert WORDS not in text
    assert personal_stream.read(brand.pk, her.sub) == []


def test_actions_stay_in_the_log_without_the_name(
    show: Show, brand: Brand, her: Claims, moderator: User, owner: User
) -> None:
    lead_a_life(show, brand, her, moderator)
    before = [(entry.seq, entry.kind, entry.at) for entry in timeline.read(show.timeline_id, 0)]
    audit_before = [one["action"] for one in queries.audit_lines(show, owner)]
    erase(brand, her.sub, owner)
    after = timeline.read(show.timeline_id, 0)
    assert [(entry.seq, entry.kind, entry.at) for entry in after][: len(before)] == before
    assert [entry.kind for entry in after][len(before) :] == [
        *["question.changed"] * 3, "author.erased",
    ]  # fmt: skip
    texts = [entry.body.get("text") for entry in after if entry.kind == "message.posted"]
    assert texts == [
        None, "You're right, @…!", "Do you think so, @Ben and @…?", None, "hi there",
        "love you, @…", "me too", "queen @…",
    ]  # fmt: skip
    reply = after[1].body
    assert set(reply["reply_to"]) == {"message_id"}
    assert "mentions" not in reply
    assert [one["name"] for one in after[2].body["mentions"]] == ["Ben"]
    lines = queries.audit_lines(show, owner)
    assert [one["action"] for one in lines] == ["person.erased", *audit_before]
    assert (lines[0]["target"], lines[0]["target_name"]) == (her.sub, "")
    assert bans.is_banned(brand.pk, her.sub, "")
    assert Ban.objects.for_brand(brand).get().subject == her.sub
    assert User.objects.filter(email="her@example.test").exists()


def test_clients_are_told_to_remove_the_person(
    show: Show, brand: Brand, her: Claims, moderator: User, owner: User
) -> None:
    ben = guest(brand, "Ben", network="net-of-ben")
    said = post_message(show, her, "c1", f"I {WORDS} love it")
    post_message(show, ben, "c1", f"You're right, @{NAME.upper()}!", said.pk)
    chat.pin(show, said.pk, None, moderator)
    asked(show, her, f"Is it {WORDS} red?")
    stale: dict[str, Any] = dict(show_data.snapshot(show), products=[])
    woken: list[Wake] = []
    unsubscribe = bus.subscribe(woken.append)
    erase(brand, her.sub, owner)
    unsubscribe()
    entries = [entry.wire() for entry in timeline.read(show.timeline_id, after=0)]
    fresh: dict[str, Any] = dict(show_data.snapshot(show), products=[])
    followed = follow(stale, entries)
    assert {**followed, "now": None} == {**fresh, "now": None}
    assert NAME.casefold() not in json.dumps(followed).casefold()
    assert told(show.timeline_id, "author.erased") == [
        ("author.erased", {"author": her.sub, "quoted": [said.pk]})
    ]


def test_copies_of_messages_that_name_the_person_are_scrubbed(
    show: Show, brand: Brand, her: Claims, moderator: User, owner: User
) -> None:
    """Pinned, quoted, flagged and held: the rest of the words stays, and whoever follows sees it as
    whoever comes anew."""
    ben, kim = guest(brand, "Ben", network="n1"), guest(brand, "Kim", network="n2")
    post_message(show, her, "c1", "hi all")
    post_message(show, ben, "c0", "hi")
    word(brand, "love", "flag")
    named = post_message(show, ben, "c1", f"love you @{NAME.upper()}, and @ben")
    post_message(show, kim, "c1", "me too", named.pk)
    chat.pin(show, named.pk, None, moderator)
    verify = verifier(show)
    waits = held(show, kim, f"fake @{NAME.lower()}")
    verify(lambda: erase(brand, her.sub, owner))
    snapshot = show_data.snapshot(show)
    assert snapshot["pinned"] is not None
    assert snapshot["pinned"]["text"] == "love you @…, and @ben"
    assert [one["name"] for one in snapshot["pinned"]["mentions"]] == ["Ben"]
    assert snapshot["messages"][-1]["reply_to"] == {"message_id": named.pk}
    backstage = [body.get("text") for _kind, body in told(show.backstage_id, "review.added")]
    assert backstage == ["love you @…, and @ben", "fake @…"]
    waits.refresh_from_db()
    assert waits.held_text == "fake @…"
    assert told(show.timeline_id, "author.erased") == [
        ("author.erased", {"author": her.sub, "quoted": [named.pk]})
    ]


def test_pin_of_a_message_that_names_the_person_is_scrubbed(
    show: Show, brand: Brand, her: Claims, moderator: User, owner: User
) -> None:
    """Also when it is not found by whom it names: made while the log was looked through."""
    post_message(show, her, "c1", "hi all")
    said = post_message(show, guest(brand, "Ben", network="n1"), "c1", f"dear @{NAME}")
    pin = chat.pin(show, said.pk, None, moderator)
    (entry,) = timeline.pick(show.timeline_id, [pin.seq])
    with timeline_services.write():
        body = {key: one for key, one in entry.body.items() if key != "mentions"}
        timeline_services.redact(show.timeline_id, pin.seq, body)
    erase(brand, her.sub, owner)
    pinned = show_data.snapshot(show)["pinned"]
    assert pinned is not None
    assert pinned["text"] == "dear @…"


def test_news_to_people_who_asked_the_same_are_scrubbed(
    show: Show, brand: Brand, her: Claims, moderator: User, owner: User
) -> None:
    """Also in a second run, when the first was cut off after the question had gone."""
    ben = guest(brand, "Ben", network="n1")
    hers, same, other = [
        asked(show, who, text)
        for who, text in ((her, "Is it red?"), (ben, "Red?"), (ben, "Is it vegan?"))
    ]
    questions.merge(show, same.pk, hers.pk, moderator)
    questions.answer(show, hers.pk, AnswerRequest("public", f"Yes, {NAME}"), moderator)
    questions.answer(show, other.pk, AnswerRequest("private", "It is"), moderator)
    forgetting.forget_person(brand.pk, her.sub)
    erase(brand, her.sub, owner)
    news = [(body["text"], body["answer"]) for _kind, body in heard(ben)]
    assert news == [("Red?", None), ("Red?", None), ("Is it vegan?", "It is")]
    assert traces() == []


@pytest.mark.parametrize("rounds", [1, erasure.ROUNDS_MAX])
@pytest.mark.parametrize("at", ["_scrub_log", "_scrub_news"])
def test_messages_written_during_the_erasure_are_erased(
    show: Show, brand: Brand, her: Claims, moderator: User, owner: User,
    monkeypatch: pytest.MonkeyPatch, at: str, rounds: int,
) -> None:  # fmt: skip
    """With one round what came meanwhile stays; at every moment the show can be read."""
    step, calls = getattr(erasure, at), itertools.count()
    ben = guest(brand, "Ben", network="n1")

    def meanwhile(*given: object) -> None:
        if next(calls) == 0:
            said = post_message(show, her, "m1", f"{WORDS} still here")
            chat.pin(show, said.pk, None, moderator)
            post_message(show, ben, "m1", f"I see, @{NAME}", said.pk)
            asked(show, her, f"{WORDS} or not?")
        step(*given)
        show_data.snapshot(show)

    post_message(show, her, "c1", WORDS)
    monkeypatch.setattr(erasure, at, meanwhile)
    monkeypatch.setattr(erasure, "ROUNDS_MAX", rounds)
    erase(brand, her.sub, owner)
    assert ("community.Message" in traces()) is (rounds == 1)
    assert bool(traces()) is (rounds == 1)


def test_half_erased_message_breaks_no_page(
    show: Show, brand: Brand, her: Claims, moderator: User
) -> None:
    said = post_message(show, her, "c1", WORDS)
    pin = chat.pin(show, said.pk, None, moderator)
    with timeline_services.write():
        for seq in (said.seq, pin.seq):
            timeline_services.redact(show.timeline_id, seq or 0, {"message_id": said.pk})
    snapshot = show_data.snapshot(show)
    assert (snapshot["messages"], snapshot["pinned"]) == ([], None)


def test_erasure_purges_caches(
    show: Show, brand: Brand, her: Claims, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    said = post_message(show, her, "c1", WORDS)
    woken: list[Wake] = []
    unsubscribe = bus.subscribe(woken.append)
    with django_capture_on_commit_callbacks(execute=True):
        erase(brand, her.sub, owner)
    unsubscribe()
    assert said.seq is not None
    assert Wake(show.timeline_id, (said.seq,)) in woken


def test_again_changes_nothing(
    show: Show, brand: Brand, her: Claims, moderator: User, owner: User
) -> None:
    lead_a_life(show, brand, her, moderator)
    erase(brand, her.sub, owner)
    head, backstage = timeline.head(show.timeline_id), timeline.head(show.backstage_id)
    again = erase(brand, her.sub, owner)
    assert {name: again[name] for name in ("messages", "questions", "entries", "shows")} == {
        "messages": 0, "questions": 0, "entries": 0, "shows": 0,
    }  # fmt: skip
    assert timeline.head(show.timeline_id) == head
    assert timeline.head(show.backstage_id) == backstage


def test_erasure_of_many_messages_goes_in_steps(
    show: Show, brand: Brand, her: Claims, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "BATCH", 2)
    ben = guest(brand, "Ben", network="net-of-ben")
    for number in range(5):
        said = post_message(show, her, f"c{number}", f"{WORDS} {number}")
        post_message(show, ben, f"c{number}", f"really, @{NAME}? {number}", said.pk)
    other = make_show(brand, "Other")
    post_message(other, her, "c1", WORDS)
    erased = erase(brand, her.sub, owner)
    assert (erased["messages"], erased["entries"], erased["shows"]) == (6, 5, 2)
    assert traces() == []
    ((_kind, body),) = told(show.timeline_id, "author.erased")
    assert len(body["quoted"]) == 5


def test_erasure_leaves_other_people_and_brands_unchanged(
    show: Show, brand: Brand, other_brand: Brand, her: Claims, owner: User
) -> None:
    elsewhere = make_show(other_brand, "Elsewhere")
    there = Claims(her.sub, other_brand.pk, NAME)
    post_message(elsewhere, there, "c1", f"{WORDS} there")
    namesake = post_message(show, member(brand, NAME), "c1", "only a namesake")
    post_message(show, guest(brand), "c1", f"@{NAME} hello")  # the namesake is meant
    post_message(show, her, "c1", WORDS)
    erase(brand, her.sub, owner)
    assert f"{WORDS} there" in repr(timeline.read(elsewhere.timeline_id, 0))
    namesake.refresh_from_db()
    assert (namesake.author_name, namesake.deleted_at) == (NAME, None)
    assert f"@{NAME} hello" in repr(timeline.read(show.timeline_id, 0))
    assert Message.objects.for_brand(other_brand).get().author_name == NAME


def test_staff_can_be_erased_from_the_talk_too(
    show: Show, brand: Brand, owner: User, moderator: User
) -> None:
    moderator.first_name = NAME
    moderator.save()
    staff = Claims(f"u:{moderator.pk}", brand.pk, NAME, ("moderator",))
    post_message(show, staff, "c1", f"{WORDS} welcome")
    held(show, guest(brand, "Ben"))
    review.take(show, waiting(show).pk, moderator)
    decisions.decide(show, waiting(show).pk, "approve", "", moderator)
    mia, other = member(brand, "Mia"), make_staff(brand, Role.PRODUCER, "mo@example.test")
    lips, eyes = asked(show, mia, "About lips?"), asked(show, mia, "For which eyes?")
    questions.start_answering(show, lips.pk, moderator)
    questions.pick(show, lips.pk, None, other)
    questions.stop_answering(show, lips.pk, other)
    questions.start_answering(show, eyes.pk, moderator)
    recommendations.make(show, mia.sub, None, "Try this", moderator)
    verify = verifier(show)
    verify(lambda: erase(brand, staff.sub, owner))
    assert heard(mia)[-1] == ("offer.made", {"product_id": None, "text": "Try this", "name": ""})
    assert NAME not in repr(heard(mia))
    assert [one["answering"] for one in show_data.snapshot(show)["questions"]] == [None, None]
    User.objects.filter(pk=moderator.pk).update(first_name="")  # the account is another matter
    found = [
        entry.kind
        for timeline_id in (show.timeline_id, show.backstage_id)
        for entry in timeline.read(timeline_id, 0)
        if NAME in repr(entry.body) or WORDS in repr(entry.body)
    ]
    assert found == []
    assert NAME not in repr(queries.audit_lines(show, owner))


@pytest.mark.parametrize("role", list(Role))
def test_only_an_owner_erases(show: Show, brand: Brand, her: Claims, role: Role) -> None:
    post_message(show, her, "c1", WORDS)
    caller = Caller(user=make_staff(brand, role, f"the-{role}@example.test"))
    status, answer = caller.call("DELETE", f"/brands/{brand.slug}/people/{her.sub}")
    if role is Role.OWNER:
        assert (status, answer) == (200, {"messages": 1, "questions": 0, "shows": 1})
    else:
        assert status == 403
    assert (WORDS in repr(timeline.read(show.timeline_id, 0))) is (role is not Role.OWNER)


def test_another_brands_owner_does_not(
    show: Show, brand: Brand, her: Claims, stranger: User
) -> None:
    post_message(show, her, "c1", WORDS)
    path = f"/brands/{brand.slug}/people/{her.sub}"
    assert Caller(user=stranger).call("DELETE", path)[0] == 404
    assert Caller(user=stranger).call("DELETE", f"/brands/rival/people/{her.sub}")[0] == 200
    assert WORDS in repr(timeline.read(show.timeline_id, 0))
    assert last_line(stranger_brand()).action == "person.erased"


def stranger_brand() -> Brand:
    return Brand.objects.get(slug="rival")


def test_name_is_scrubbed_as_the_client_does_it() -> None:
    """The client's tests go through the same cases."""
    cases = json.loads(NAMES.read_text("utf-8"))
    assert len(cases) > 5
    for case in cases:
        assert scrubbing.without_names(case["text"], case["names"]) == case["left"]

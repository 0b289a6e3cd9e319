"""Moderation over HTTP: who may do what, at which brand, and the shapes of the answers."""

from typing import Any

import pytest

from showfloor.accounts.models import Ban, Brand, Role, User
from showfloor.accounts.tokens import Claims
from showfloor.community.moderation import queries, services, word_rules
from showfloor.community.moderation.services import NewRestriction
from showfloor.community.moderation.word_rules import RuleDraft
from showfloor.community.safety import auto_mod
from showfloor.community.safety.models import RestrictionKind
from showfloor.shows.models import Show
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from tests.community.moderating import SOMEONE, heard, held, last_line, waiting
from tests.conftest import make_staff
from tests.support.chat import post_message
from tests.support.shows import Caller, guest, make_show, product_ids

RULES = {
    "mode": "trait", "trait": "vip", "slow_s": 20, "holds_links": True, "holds_first": False,
}  # fmt: skip


@pytest.fixture
def ana(brand: Brand) -> Claims:
    return guest(brand)


def operations(show: Show, by: User) -> list[tuple[str, str, Any, int]]:
    """All that moderators may do here: method, path, body and the status of success. The order
    matters: what is read comes before what changes it."""
    held(show, guest(show.brand))
    item = waiting(show)
    row = word_rules.add(show.brand, RuleDraft("rude", "block"), by)
    warning = services.restrict(show, NewRestriction(RestrictionKind.WARNING, None, SOMEONE), by)
    ban = services.ban_viewer(show, services.BanRequest(viewer_id=SOMEONE), by)
    word_rules.add(show.brand, RuleDraft("other", "flag"), by)  # which is undone
    at, brand = f"/shows/{show.slug}", f"/brands/{show.brand.slug}"
    whom = {"viewer_id": SOMEONE, "reason": "rude"}
    return [
        ("GET", f"{at}/review", None, 200),
        ("GET", f"{at}/audit", None, 200),
        ("GET", f"{at}/restrictions", None, 200),
        ("GET", f"{brand}/words", None, 200),
        ("GET", f"{brand}/words.csv", None, 200),
        ("POST", f"{brand}/words/test", {"text": "rude"}, 200),
        ("POST", f"{brand}/words", {"pattern": "new", "action": "hold"}, 201),
        ("PATCH", f"{brand}/words/{row.pk}", {"action": "flag"}, 200),
        ("DELETE", f"{brand}/words/{row.pk}", None, 204),
        ("PUT", f"{at}/chat-rules", RULES, 200),
        ("PUT", f"{at}/shield", {"on": True}, 200),
        ("POST", f"{at}/review/{item.pk}/take", None, 200),
        ("POST", f"{at}/review/{item.pk}/release", None, 204),
        ("POST", f"{at}/review/{item.pk}/decide", {"decision": "approve"}, 200),
        ("POST", f"{at}/warnings", whom, 201),
        ("POST", f"{at}/time-outs", {**whom, "minutes": 3}, 201),
        ("POST", f"{at}/shadows", whom, 201),
        ("DELETE", f"{at}/restrictions/{warning.pk}", None, 204),
        ("POST", f"{at}/bans", whom, 201),
        ("DELETE", f"{at}/bans/{ban.pk}", None, 204),
        ("POST", f"{at}/offers", {"viewer_id": SOMEONE, "text": "Try this"}, 201),
        ("POST", f"{at}/audit/{last_line(show.brand).pk}/undo", None, 200),
    ]


@pytest.mark.parametrize("role", [Role.OWNER, Role.PRODUCER, Role.MODERATOR, Role.HOST])
def test_moderators_and_producers_moderate(
    show: Show, brand: Brand, producer: User, role: Role
) -> None:
    caller = Caller(user=make_staff(brand, role, f"the-{role}@example.test"))
    for method, path, body, status in operations(show, producer):
        if path.endswith(".csv"):
            answered = caller.text(f"/api/v1{path}")[0]
        else:
            answered = caller.call(method, path, body)[0]
        assert answered == (403 if role in {Role.HOST, Role.CLERK} else status), (method, path)
    assert caller.call("GET", f"/shows/{show.slug}/chat-rules")[0] == 200


def test_other_brands_viewers_and_strangers_do_not_moderate(
    show: Show, ana: Claims, producer: User, stranger: User, brand: Brand
) -> None:
    wanted = operations(show, producer)
    head, backstage = timeline.head(show.timeline_id), timeline.head(show.backstage_id)
    for caller, status in (
        (Caller(user=stranger), 404), (Caller(viewer=ana), 401), (Caller(), 401),
        (Caller(user=User.objects.create_user("someone@example.test")), 404),
    ):  # fmt: skip
        for method, path, body, _status in wanted:
            assert caller.call(method, path, body)[0] == status, (method, path)
    assert (timeline.head(show.timeline_id), timeline.head(show.backstage_id)) == (head, backstage)
    assert not Ban.objects.for_brand(brand).exclude(subject=SOMEONE).exists()


def test_ids_of_another_brand_are_not_found_at_ones_own(
    show: Show, other_brand: Brand, producer: User, stranger: User
) -> None:
    """The path names a show or a brand where they may; the id is another's."""
    own = make_show(other_brand, "Own")
    caller = Caller(user=stranger)
    for method, path, body, _status in operations(show, producer):
        there = path.replace(f"/shows/{show.slug}/", f"/shows/{own.slug}/")
        there = there.replace(f"/brands/{show.brand.slug}/", f"/brands/{other_brand.slug}/")
        ids = [part for part in there.split("/") if len(part) == 26]
        if ids:
            assert caller.call(method, there, body)[0] == 404, (method, there)


def test_chat_rules_and_shield_over_http(show: Show, moderator: User) -> None:
    caller, at = Caller(user=moderator), f"/shows/{show.slug}"
    free = {**RULES, "mode": "everyone", "trait": None, "slow_s": 0, "holds_links": False}
    assert caller.call("GET", f"{at}/chat-rules") == (200, {**free, "shield": False})
    assert caller.call("PUT", f"{at}/chat-rules", RULES) == (200, {**RULES, "shield": False})
    status, problem = caller.call("PUT", f"{at}/chat-rules", {**RULES, "trait": None})
    assert (status, problem["code"], problem["field"]) == (422, "invalid", "trait")
    status, problem = caller.call("PUT", f"{at}/chat-rules", {**RULES, "mode": "nobody"})
    assert (status, problem["field"]) == (422, "mode")
    up = {**RULES, "slow_s": 30, "holds_first": True, "shield": True}
    assert caller.call("PUT", f"{at}/shield", {"on": True}) == (200, up)
    assert caller.call("PUT", f"{at}/shield", {"on": False}) == (200, {**RULES, "shield": False})


def test_queue(show: Show, brand: Brand, ana: Claims, moderator: User) -> None:
    message = held(show, ana)
    caller, at = Caller(user=moderator), f"/shows/{show.slug}/review"
    status, (view,) = caller.call("GET", at)
    at_time = view.pop("at")
    assert status == 200
    assert at_time.endswith("Z")
    nothing = dict.fromkeys(["messages", "deleted", "warnings", "time_outs", "shadows", "bans"], 0)
    assert view == {
        "item_id": view["item_id"], "of": "message", "target_id": message.pk, "is_held": True,
        "author": {"id": ana.sub, "name": "Ana", "role": "guest"}, "text": "It is fake",
        "reason": "word", "detail": "fake", "reports": 0, "taken_by": None, "taken_until": None,
        "is_mine": False, "record": nothing,
    }  # fmt: skip
    one = f"{at}/{view['item_id']}"
    assert caller.call("POST", f"{one}/take") == (
        200,
        {"item_id": view["item_id"], "state": "open"},
    )
    other = Caller(user=make_staff(brand, Role.PRODUCER, "other@example.test"))
    status, problem = other.call("POST", f"{one}/decide", {"decision": "decline"})
    assert (status, problem["code"], problem["by"]) == (409, "review-taken", "Maison Test")
    status, decided = caller.call("POST", f"{one}/decide", {"decision": "approve"})
    assert (status, decided["state"]) == (200, "approved")
    assert caller.call("GET", at) == (200, [])
    assert timeline.head(show.timeline_id).seq == 1


def test_restrictions_and_bans_over_http(
    show: Show, brand: Brand, ana: Claims, moderator: User
) -> None:
    message = post_message(show, ana, "c1", "rubbish")
    caller, at = Caller(user=moderator), f"/shows/{show.slug}"
    status, row = caller.call(
        "POST", f"{at}/time-outs", {"message_id": message.pk, "minutes": 3, "reason": "spam"}
    )
    assert (status, row["viewer_id"], row["name"], row["kind"]) == (201, ana.sub, "Ana", "time_out")
    auto_mod.forget()  # which waits for the commit, and the test does not commit
    status, (standing,) = caller.call("GET", f"{at}/restrictions")
    assert standing == {**row, "reason": "spam", "at": standing["at"], "by": "Maison Test"}
    viewer = Caller(viewer=ana)
    status, problem = viewer.call(
        "POST", f"{at}/messages", {"client_id": "c2", "text": "still here"}
    )
    assert (status, problem["code"], problem["until"]) == (403, "timed-out", row["until"])
    assert problem["reason"] == "spam"
    status, mine = viewer.call("GET", f"{at}/mine")
    assert (status, mine["time_out_until"], mine["time_out_reason"]) == (200, row["until"], "spam")
    status, problem = caller.call("POST", f"{at}/warnings", {"viewer_id": f"u:{moderator.pk}"})
    assert (status, problem["code"]) == (422, "is-staff")
    status, problem = caller.call("POST", f"{at}/warnings", {"reason": "whom?"})
    assert (status, problem["field"]) == (422, "viewer_id")
    assert caller.call("DELETE", f"{at}/restrictions/{row['id']}") == (204, None)
    assert caller.call("GET", f"{at}/restrictions") == (200, [])


def test_word_rules_over_http(brand: Brand, moderator: User) -> None:
    caller, at = Caller(user=moderator), f"/brands/{brand.slug}/words"
    status, made = caller.call("POST", at, {"pattern": "mist", "action": "replace"})
    rule = {
        "id": made["id"], "pattern": "mist", "action": "replace", "language": "",
        "replacement": "", "catches_variants": True,
    }  # fmt: skip
    assert (status, made) == (201, rule)
    changed = {**rule, "language": "de", "catches_variants": False}
    body = {"language": "de", "catches_variants": False}
    assert caller.call("PATCH", f"{at}/{rule['id']}", body) == (200, changed)
    assert caller.call("GET", at) == (200, [changed])
    match = {
        "id": rule["id"], "pattern": "mist", "action": "replace", "language": "de",
        "start": 7, "end": 11,
    }  # fmt: skip
    assert caller.call("POST", f"{at}/test", {"text": "So ein Mist!"}) == (
        200, {"action": "replace", "text": "So ein ***!", "matches": [match]},
    )  # fmt: skip
    status, problem = caller.call("POST", at, {"pattern": "a*", "action": "block"})
    assert (status, problem["field"]) == (422, "pattern")
    status, text = caller.text(f"/api/v1{at}.csv")
    assert text.splitlines()[1] == '"mist","de","replace","","no"'
    assert caller.call("DELETE", f"{at}/{rule['id']}") == (204, None)
    assert caller.call("GET", at) == (200, [])


def test_audit_log_and_undo_over_http(show: Show, moderator: User, producer: User) -> None:
    caller, at = Caller(user=moderator), f"/shows/{show.slug}"
    caller.call("PUT", f"{at}/shield", {"on": True})
    _status, (line,) = caller.call("GET", f"{at}/audit")
    assert (line["action"], line["can_undo"], line["undone"]) == ("shield.on", True, False)
    assert line["is_mine"]
    assert not queries.audit_lines(show, producer)[0]["is_mine"]
    status, undone = caller.call("POST", f"{at}/audit/{line['audit_id']}/undo")
    assert status == 200
    status, problem = caller.call("POST", f"{at}/audit/{line['audit_id']}/undo")
    assert (status, problem["code"]) == (409, "undone-already")
    _status, lines = caller.call("GET", f"{at}/audit")
    assert [one["audit_id"] for one in lines] == [undone["audit_id"], line["audit_id"]]
    assert caller.call("GET", f"{at}/audit?before={line['audit_id']}") == (200, [])


def test_offer_is_for_one_person(
    show: Show, brand: Brand, other_brand: Brand, ana: Claims, moderator: User
) -> None:
    caller, at = Caller(user=moderator), f"/shows/{show.slug}/offers"
    product = product_ids(show)[0]
    offer = {"viewer_id": ana.sub, "product_id": product, "text": " Just  for you "}
    answer = caller.call("POST", at, offer)
    assert answer == (201, {"seq": personal_stream.head(brand.pk, ana.sub)})
    body = {"product_id": product, "text": "Just for you", "name": "Maison Test"}
    assert heard(ana) == [("offer.made", body)]
    assert heard(guest(brand, "Ben")) == []
    assert timeline.head(show.timeline_id).seq == 0
    elsewhere = product_ids(make_show(other_brand, "Elsewhere"))[0]
    for wrong, field in (
        ({"viewer_id": f"u:{moderator.pk}"}, "viewer_id"), ({"viewer_id": "g:*"}, "viewer_id"),
        ({"product_id": elsewhere}, "product_id"), ({"text": " "}, "text"),
        ({"text": "x" * 281}, "text"),
    ):  # fmt: skip
        status, problem = caller.call("POST", at, {**offer, **wrong})
        assert (status, problem["field"]) == (422, field)
    assert len(heard(ana)) == 1

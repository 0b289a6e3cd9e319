"""The client's reducer in Python: it applies entries to the snapshot before them.

The rule that it serves: a stale snapshot with the entries after it is the fresh snapshot.
"""

import copy
from collections.abc import Callable, Iterable
from typing import Any

from showfloor.community.moderation.scrubbing import without_names
from showfloor.kernel.clock import parse_iso
from showfloor.shows.models import Show
from showfloor.site import show_data
from showfloor.timeline import queries as timeline
from tests.support import selling_reducers

type Snapshot = dict[str, Any]  # of `site.show_data.snapshot`, with `products` beside it
type WireEntry = dict[str, Any]

MESSAGES_KEPT = 50


type Verify = Callable[[Callable[[], object]], list[str]]


def fresh(show: Show) -> Snapshot:
    """Return the snapshot that the page carries, without the clock."""
    whole: dict[str, Any] = dict(show_data.snapshot(show))
    del whole["now"]
    show = Show.objects.for_brand(show.brand_id).select_related("brand").get(pk=show.pk)
    whole["products"] = show_data.products(show)
    return whole


def verifier(show: Show) -> Verify:
    """Runs actions and says the kinds of their entries; those turn each snapshot that there was
    since this was called into the one of after."""
    seen = [fresh(show)]

    def run(action: Callable[[], object]) -> list[str]:
        seq = timeline.head(show.timeline_id).seq
        action()
        entries = timeline.read(show.timeline_id, after=0)
        now = fresh(show)
        for stale in seen:
            got = follow(stale, [entry.wire() for entry in entries])
            wrong = {key: (got.get(key), now[key]) for key in now if got.get(key) != now[key]}
            assert not wrong, wrong
        seen.append(now)
        return [entry.kind for entry in entries if entry.seq > seq]

    return run


def follow(snapshot: Snapshot, entries: Iterable[WireEntry]) -> Snapshot:
    """Return the snapshot after these entries; the given one stays unchanged."""
    state = copy.deepcopy(snapshot)
    for entry in entries:
        if entry["seq"] <= state["timeline"]["seq"]:
            continue  # seen before
        APPLY[entry["kind"]](state, entry)
        state["timeline"]["seq"] = entry["seq"]
    return state


def _show_started(state: Snapshot, entry: WireEntry) -> None:
    state["state"], state["curtain"] = "live", None
    state["started_at"] = entry["body"]["started_at"]


def _show_ended(state: Snapshot, entry: WireEntry) -> None:
    state["state"], state["curtain"] = "ended", "ended"
    state["ended_at"], state["trailer"] = entry["body"]["ended_at"], None


def _ai_labelled(state: Snapshot, entry: WireEntry) -> None:
    state["ai_made"] = entry["body"]["ai_made"]


def _trailer_changed(state: Snapshot, entry: WireEntry) -> None:
    state["trailer"] = entry["body"]["trailer"]


def _broadcast_lost(state: Snapshot, entry: WireEntry) -> None:
    state["curtain"] = "paused"


def _broadcast_back(state: Snapshot, entry: WireEntry) -> None:
    state["curtain"] = None


def _highlight_started(state: Snapshot, entry: WireEntry) -> None:
    body = entry["body"]
    state["highlights"].append(
        {
            "highlight_id": body["highlight_id"],
            "product_ids": body["product_ids"],
            "started_at": entry["picture_at"],
            "ended_at": None,
        }
    )
    since_start = parse_iso(entry["picture_at"]) - parse_iso(state["started_at"])
    for product in state["products"]:
        if product["id"] in body["product_ids"]:
            product["shown_at_s"].append(round(since_start.total_seconds(), 3))


def _highlight_ended(state: Snapshot, entry: WireEntry) -> None:
    for highlight in state["highlights"]:
        if highlight["highlight_id"] == entry["body"]["highlight_id"]:
            highlight["ended_at"] = entry["picture_at"]


def _product_sold(state: Snapshot, entry: WireEntry) -> None:
    others = [one for one in state["sold"] if one["product_id"] != entry["body"]["product_id"]]
    state["sold"] = [*others, entry["body"]]


def _stock_level(state: Snapshot, entry: WireEntry) -> None:
    for product in state["products"]:
        for variant in product["variants"]:
            if variant["id"] == entry["body"]["variant_id"]:
                variant["available"] = entry["body"]["available"]


def _message_posted(state: Snapshot, entry: WireEntry) -> None:
    body = entry["body"]
    if "text" not in body:
        return  # deleted since
    said = ("message_id", "author", "text", "reply_to", "mentions")
    message = {key: body[key] for key in said if key in body}
    state["messages"].append({**message, "seq": entry["seq"], "at": entry["at"]})
    del state["messages"][:-MESSAGES_KEPT]


def _message_deleted(state: Snapshot, entry: WireEntry) -> None:
    gone = entry["body"]["message_id"]
    state["messages"] = [one for one in state["messages"] if one["message_id"] != gone]
    for message in state["messages"]:
        if "reply_to" in message and message["reply_to"]["message_id"] == gone:
            message["reply_to"] = {"message_id": gone}
    if state["pinned"] is not None and state["pinned"]["message_id"] == gone:
        state["pinned"] = None


def _comment_pinned(state: Snapshot, entry: WireEntry) -> None:
    body = entry["body"]
    # Without a text: the message was deleted since.
    state["pinned"] = {**body, "pinned_at": entry["picture_at"]} if "text" in body else None


def _comment_unpinned(state: Snapshot, entry: WireEntry) -> None:
    state["pinned"] = None


def _announcement_shown(state: Snapshot, entry: WireEntry) -> None:
    state["announcement"] = {**entry["body"], "started_at": entry["picture_at"]}


def _announcement_ended(state: Snapshot, entry: WireEntry) -> None:
    state["announcement"] = None


def _question_asked(state: Snapshot, entry: WireEntry) -> None:
    body = entry["body"]
    if "text" not in body:
        return  # removed since
    question = {key: body[key] for key in ("question_id", "author", "text", "product_id")}
    standing = {"state": "open", "votes": 1, "merged_into": None, "answering": None}
    answer = {"answered_at": None, "answer": None}
    at = {"seq": entry["seq"], "at": entry["at"]}
    state["questions"].append({**question, **standing, **answer, **at})
    _rank_questions(state)


def _question_votes(state: Snapshot, entry: WireEntry) -> None:
    for question in state["questions"]:
        question["votes"] = entry["body"]["votes"].get(question["question_id"], question["votes"])
    _rank_questions(state)


def _question_changed(state: Snapshot, entry: WireEntry) -> None:
    body = entry["body"]
    for question in state["questions"]:
        if question["question_id"] == body["question_id"]:
            question.update(body)
    state["questions"] = [one for one in state["questions"] if one["state"] != "removed"]
    _rank_questions(state)


def _rank_questions(state: Snapshot) -> None:
    """By votes, then age; and what was answered stands at the product that it is about."""
    state["questions"].sort(key=lambda one: (-one["votes"], one["seq"]))
    for product in state["products"]:
        if "answers" in product:
            product["answers"] = [
                _product_answer(state, question)
                for question in state["questions"]
                if question["product_id"] == product["id"]
                and question["state"] == "answered"
                and (question["answered_at"] or question["answer"])
            ]


def _product_answer(state: Snapshot, question: dict[str, Any]) -> dict[str, Any]:
    answered_at_s = None
    if question["answered_at"] is not None:
        since = parse_iso(question["answered_at"]) - parse_iso(state["started_at"])
        answered_at_s = round(since.total_seconds(), 3)
    answer = question["answer"]["text"] if question["answer"] else None
    return {
        "question_id": question["question_id"], "question": question["text"],
        "answered_at_s": answered_at_s, "answer": answer,
    }  # fmt: skip


def _poll_opened(state: Snapshot, entry: WireEntry) -> None:
    body = entry["body"]
    votes = None if body["hides_tally"] else [0] * len(body["options"])
    standing = {"state": "open", "votes": votes, "voters": 0, "right": []}
    times = {"opened_at": entry["picture_at"], "closed_at": None}
    state["polls"].append({**body, **standing, **times})
    state["polls"].sort(key=lambda poll: (poll["opened_at"], poll["poll_id"]))


def _poll_tally(state: Snapshot, entry: WireEntry) -> None:
    _poll(state, entry).update(entry["body"])


def _poll_closed(state: Snapshot, entry: WireEntry) -> None:
    closed = {"state": "closed", "closed_at": entry["picture_at"]}
    _poll(state, entry).update({**entry["body"], **closed})


def _poll_withdrawn(state: Snapshot, entry: WireEntry) -> None:
    state["polls"].remove(_poll(state, entry))


def _poll(state: Snapshot, entry: WireEntry) -> dict[str, Any]:
    wanted = entry["body"]["poll_id"]
    found: dict[str, Any] = next(one for one in state["polls"] if one["poll_id"] == wanted)
    return found


def _deal_announced(state: Snapshot, entry: WireEntry) -> None:
    _put_deal(state, entry, "announced")


def _deal_opened(state: Snapshot, entry: WireEntry) -> None:
    _put_deal(state, entry, "open")


def _put_deal(state: Snapshot, entry: WireEntry, now: str) -> None:
    body, known = entry["body"], {one["deal_id"]: one for one in state["deals"]}
    shown_at = known.get(body["deal_id"], {"shown_at": entry["picture_at"]})["shown_at"]
    known[body["deal_id"]] = {**body, "state": now, "shown_at": shown_at, "ended_at": None}
    state["deals"] = sorted(known.values(), key=lambda one: (one["opens_at"], one["deal_id"]))


def _deal_changed(state: Snapshot, entry: WireEntry) -> None:
    _deal(state, entry).update(entry["body"])


def _deal_ended(state: Snapshot, entry: WireEntry) -> None:
    _deal(state, entry).update({**entry["body"], "state": "ended"})


def _deal_withdrawn(state: Snapshot, entry: WireEntry) -> None:
    state["deals"].remove(_deal(state, entry))


def _deal(state: Snapshot, entry: WireEntry) -> dict[str, Any]:
    wanted = entry["body"]["deal_id"]
    found: dict[str, Any] = next(one for one in state["deals"] if one["deal_id"] == wanted)
    return found


def _selling_paused(state: Snapshot, entry: WireEntry) -> None:
    state["selling_paused"] = entry["body"]


def _selling_resumed(state: Snapshot, _entry: WireEntry) -> None:
    state["selling_paused"] = None


def _caption_language(state: Snapshot, entry: WireEntry) -> None:
    language = entry["body"].get("language")
    known = {*state["caption_languages"], *([language] if language else [])}
    state["caption_languages"] = sorted(known)


def _reaction_counts(state: Snapshot, entry: WireEntry) -> None:
    state["reactions"] = entry["body"]["totals"]


def _chat_rules(state: Snapshot, entry: WireEntry) -> None:
    state["chat"] = entry["body"]


def _author_erased(state: Snapshot, entry: WireEntry) -> None:
    gone, quoted = entry["body"]["author"], entry["body"]["quoted"]
    state["messages"] = [one for one in state["messages"] if one["author"]["id"] != gone]
    for message in state["messages"]:
        if message.get("reply_to", {}).get("message_id") in quoted:
            message["reply_to"] = {"message_id": message["reply_to"]["message_id"]}
    if state["pinned"] is not None and state["pinned"]["author"]["id"] == gone:
        state["pinned"] = None
    for said in [*state["messages"], *([state["pinned"]] if state["pinned"] else [])]:
        names = [one["name"] for one in said.get("mentions", []) if one["id"] == gone]
        said["text"] = without_names(said["text"], names)
        left = [one for one in said.pop("mentions", []) if one["id"] != gone]
        if left:
            said["mentions"] = left


APPLY: dict[str, Callable[[Snapshot, WireEntry], None]] = {
    **selling_reducers.APPLY,
    "show.started": _show_started,
    "show.ended": _show_ended,
    "show.ai_labelled": _ai_labelled,
    "trailer.changed": _trailer_changed,
    "broadcast.lost": _broadcast_lost,
    "broadcast.back": _broadcast_back,
    "highlight.started": _highlight_started,
    "highlight.ended": _highlight_ended,
    "product.sold": _product_sold,
    "stock.level": _stock_level,
    "price.changed": lambda _state, _entry: None,  # it asks to read the products again
    "message.posted": _message_posted,
    "message.deleted": _message_deleted,
    "comment.pinned": _comment_pinned,
    "comment.unpinned": _comment_unpinned,
    "announcement.shown": _announcement_shown,
    "announcement.ended": _announcement_ended,
    "question.asked": _question_asked,
    "question.votes": _question_votes,
    "question.changed": _question_changed,
    "poll.opened": _poll_opened,
    "poll.tally": _poll_tally,
    "poll.closed": _poll_closed,
    "poll.withdrawn": _poll_withdrawn,
    "deal.announced": _deal_announced,
    "deal.opened": _deal_opened,
    "deal.changed": _deal_changed,
    "deal.ended": _deal_ended,
    "deal.withdrawn": _deal_withdrawn,
    "selling.paused": _selling_paused,
    "selling.resumed": _selling_resumed,
    "reaction.counts": _reaction_counts,
    "caption.shown": _caption_language,
    "caption.changed": lambda _state, _entry: None,  # captions are read by themselves
    "captions.imported": _caption_language,
    "chat.rules": _chat_rules,
    "author.erased": _author_erased,
}

"""The acts of one viewer in a show, which only this viewer can read."""

from typing import Any

from showfloor.accounts.models import Brand, User
from showfloor.community.polls import services as polls
from showfloor.community.polls.rules import OptionDraft, PollDraft
from showfloor.community.safety.models import Restriction, RestrictionKind
from showfloor.shows import services
from showfloor.site.commands import perform
from showfloor.timeline.commands import Command
from tests.support.shows import Caller, guest, make_show

NOTHING: dict[str, Any] = {
    "question_votes": [], "questions": [], "votes": {}, "held": [], "time_out_until": None,
    "time_out_reason": "", "warning": None, "sent": [], "deals": {}, "own_seq": 0,
    "giveaway_entries": {}, "activation_answers": {}, "auctions": {}, "waits": [],
}  # fmt: skip


def test_mine_has_the_acts_of_its_viewer(brand: Brand, producer: User) -> None:
    show = make_show(brand)
    services.start(show, producer)
    ana, ben = guest(brand), guest(brand, "Ben", "elsewhere")
    draft = PollDraft("Which?", [OptionDraft("A", False), OptionDraft("B", False)], 1, False, False)
    poll = polls.open_poll(show, polls.create(show, draft).pk, None, None, producer)

    def ask(key: str, name: str, **body: Any) -> Any:
        (outcome,) = perform(name, [Command(key, name, body, ana, show.pk)])
        assert outcome.problem is None, outcome
        return outcome.result

    ask("1", "vote", poll_id=poll.pk, options=[1])
    asked = ask("2", "question", text="Does it last?")
    Restriction(
        brand=brand, subject=ana.sub, name="Ana", kind=RestrictionKind.WARNING, reason="be kind"
    ).save()
    status, mine = Caller(viewer=ana).call("GET", f"/shows/{show.slug}/mine")
    assert status == 200
    assert mine["votes"] == {poll.pk: [1]}
    assert [one["text"] for one in mine["questions"]] == ["Does it last?"]
    assert mine["question_votes"] == [asked["question_id"]]
    assert mine["warning"]["reason"] == "be kind"
    assert Caller(viewer=ben).call("GET", f"/shows/{show.slug}/mine") == (200, NOTHING)


def test_it_needs_a_token_of_the_brand(brand: Brand, other_brand: Brand) -> None:
    show = make_show(brand)
    assert Caller().call("GET", f"/shows/{show.slug}/mine")[0] == 401
    assert Caller(viewer=guest(other_brand)).call("GET", f"/shows/{show.slug}/mine")[0] == 401

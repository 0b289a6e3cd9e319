"""Counting reactions.

A page sends its totals, so that sending again adds nothing. The counts, and the totals known of
each page, are written in one transaction: whichever process dies at whichever moment, no reaction
counts twice and no count goes down. Reactions above a person's allowance are remembered as sent and
never counted. The guests of one network have an allowance together, beside each one's own: a fresh
cookie is no fresh allowance.

Locks: the show's counters (the guard of its pages' rows, too), then the timeline. All of it is in
the rows: nothing is kept in memory, where another process would not see it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from showfloor.accounts import network_quota
from showfloor.accounts.tokens import Claims
from showfloor.community import command_batches
from showfloor.community.admission import admission_for, no_such_show
from showfloor.community.reactions import rules
from showfloor.community.reactions.models import ReactionCount, ReactionShare
from showfloor.community.reactions.rules import Allowance, Reactions
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from showfloor.shows.models import Show, ShowState
from showfloor.timeline import services as timeline
from showfloor.timeline.commands import Command, Outcome
from showfloor.timeline.log import NewEntry

SHARES_KEPT = timedelta(hours=1)  # after the show, when nothing counts any more
FORGOTTEN_MAX = 5_000  # rows in one run of the job


@dataclass
class _Sender:
    """One person in this show, or the guests of one network as one (they have no pages, but a row
    without a session): the pages, and the allowance left."""

    burst: float = rules.BURST
    per_s: float = rules.PER_S
    pages: dict[str, ReactionShare] = field(default_factory=dict)
    allowance: Allowance | None = None  # None: no reactions so far
    touched: set[str] = field(default_factory=set)

    def knows(self, share: ReactionShare) -> None:
        self.pages[share.session] = share
        if self.allowance is None or share.updated_at >= self.allowance.at:
            self.allowance = Allowance(share.allowance, share.updated_at)

    def left(self, now: datetime) -> float:
        """The reactions that may still be sent now."""
        self.allowance = (self.allowance or Allowance(self.burst, now)).by(
            now, self.burst, self.per_s
        )
        return self.allowance.left

    def spend(self, count: int, session: str) -> None:
        """Take that much of `left`; this row is to be written."""
        assert self.allowance is not None, "asked what was left"
        self.allowance = Allowance(self.allowance.left - count, self.allowance.at)
        self.touched.add(session)


@timeline.verb
def react(
    show_id: str, commands: Sequence[Command], sent: Sequence[Reactions | Outcome]
) -> list[Outcome]:
    """Count a batch; each outcome says how many of its own were `counted`. All that count in the
    batch are one entry."""
    now = utc_now()
    with timeline.write():
        admission = admission_for(show_id, commands, now)
        if admission is None:
            return no_such_show(commands)
        show = admission.show
        _lock_counts(show)
        senders = _senders(show, [command.claims for command in commands])
        counted = dict.fromkeys(rules.SORTS, 0)

        def count(command: Command, reactions: Reactions) -> int:
            admission.admit(command.claims)
            granted = _add(show, senders, command.claims, reactions, now)
            for sort, number in granted.items():
                counted[sort] += number
            return sum(granted.values())

        results = command_batches.each(commands, sent, show.brand.language, count)
        _write_pages(senders)
        seq = _write_counts(show, counted)
    return [
        one
        if isinstance(one, Outcome)
        else Outcome(seq=seq if one else None, result={"counted": one})
        for one in results
    ]


@timeline.verb
def forget_shares(now: datetime) -> int:
    """Delete the totals of pages in shows that are over, of all brands; return the number of
    rows."""
    over = ReactionShare.objects.all_brands().filter(
        show__state=ShowState.ENDED, show__ended_at__lte=now - SHARES_KEPT
    )
    due = list(over.values_list("pk", flat=True)[:FORGOTTEN_MAX])
    deleted = 0
    for part in command_batches.chunks(due):
        with timeline.write():
            deleted += ReactionShare.objects.all_brands().filter(pk__in=part).delete()[0]
    return deleted


@timeline.verb
def forget_person(brand_id: str, subject: str) -> int:
    """Someone's data is erased: what they sent still counts, and nothing says that it was they."""
    with timeline.write():
        return ReactionShare.objects.for_brand(brand_id).filter(person=subject).delete()[0]


def _lock_counts(show: Show) -> None:
    """Keep the show's counters for this transaction; they are made at the first reaction."""
    rows = ReactionCount.objects.for_brand(show.brand_id).filter(show=show).order_by("sort")
    locked = rows.select_for_update(of=("self",), no_key=True)
    if len(locked) < len(rules.SORTS):
        ReactionCount.objects.all_brands().bulk_create(
            [ReactionCount(show=show, sort=sort) for sort in rules.SORTS], ignore_conflicts=True
        )
        len(locked.all())  # the transaction that made them first has them until it commits


def _senders(show: Show, people: Sequence[Claims]) -> dict[str, _Sender]:
    """Return the senders by `sub` and by `_network`: read together, so that networks cost no
    query."""
    at_once = float(network_quota.guests_max())
    senders: dict[str, _Sender] = {}
    rows = ReactionShare.objects.for_brand(show.brand_id).filter(show=show)
    for part in command_batches.chunks({claims.sub: claims for claims in people}.values()):
        for claims in part:
            senders[claims.sub] = _Sender()
            if at_once and claims.shares_network and _network(claims) not in senders:
                senders[_network(claims)] = _of_network(show, claims, at_once)
        names = [claims.sub for claims in part] + [_network(claims) for claims in part]
        for share in rows.filter(person__in={*names} & senders.keys()):
            senders[share.person].knows(share)
    return senders


def _network(claims: Claims) -> str:
    return f"n:{claims.network}"


def _of_network(show: Show, claims: Claims, at_once: float) -> _Sender:
    row = ReactionShare(show=show, person=_network(claims), session="")
    return _Sender(at_once, at_once / rules.NETWORK_AGAIN_S, {"": row})


def _add(
    show: Show, senders: Mapping[str, _Sender], claims: Claims, reactions: Reactions, now: datetime
) -> dict[str, int]:
    """Remember the totals of the page; return the reactions that count, by sort."""
    person = senders[claims.sub]
    network = senders.get(_network(claims)) if claims.shares_network else None
    page = person.pages.get(reactions.session)
    before = page.totals if page is not None else {}
    new = rules.added(before, reactions.totals)
    if not any(new.values()):
        return {}
    if page is None:
        if len(person.pages) >= rules.SESSIONS_MAX:
            raise Conflict(_("This show is open too often."), code="too-many-sessions")
        page = ReactionShare(show=show, person=claims.sub, session=reactions.session)
        person.pages[page.session] = page
    left = person.left(now)
    granted = rules.grant(new, left if network is None else min(left, network.left(now)))
    page.totals = rules.grown(before, reactions.totals)
    person.spend(sum(granted.values()), page.session)
    if network is not None:
        network.spend(sum(granted.values()), "")
    return granted


def _write_pages(senders: Mapping[str, _Sender]) -> None:
    changed: list[ReactionShare] = []
    for sender in senders.values():
        for session in sender.touched:
            assert sender.allowance is not None, "who has sent some has an allowance"
            page = sender.pages[session]
            page.allowance, page.updated_at = sender.allowance.left, sender.allowance.at
            changed.append(page)
    ReactionShare.objects.all_brands().bulk_create(
        changed,
        batch_size=command_batches.IN_QUERY,
        update_conflicts=True,
        unique_fields=["show", "person", "session"],
        update_fields=["totals", "allowance", "updated_at"],
    )


def _write_counts(show: Show, counted: Mapping[str, int]) -> int | None:
    """Move the counters and tell the totals; return the entry's `seq`, None when nothing
    counted."""
    if not any(counted.values()):
        return None
    rows = ReactionCount.objects.all_brands().filter(show=show)
    for sort, number in counted.items():
        if number:
            rows.filter(sort=sort).update(total=F("total") + number)
    found = dict(rows.values_list("sort", "total"))
    totals = {sort: found[sort] for sort in rules.SORTS}
    (entry,) = timeline.append(show.timeline_id, [NewEntry("reaction.counts", {"totals": totals})])
    return entry.seq

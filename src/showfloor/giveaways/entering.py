"""Entering: a batch of entries, checked, sealed and chained in one transaction.

The lock is the giveaway's row: entries get their numbers and the chain its next head under it. The
tables allow a person one entry by their `sub` and one by the rule's identity, in any case.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from showfloor.accounts import network_quota
from showfloor.accounts.models import StaffRole
from showfloor.accounts.tokens import Claims
from showfloor.checkout.models import Order
from showfloor.community import command_batches
from showfloor.community.admission import admission_for, no_such_show
from showfloor.giveaways import queries, rules, verify_draw
from showfloor.giveaways.models import DrawEntry, EntryRule, Giveaway
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Forbidden, NotFound
from showfloor.kernel.ids import is_id
from showfloor.shows.models import Show
from showfloor.timeline import services as timeline
from showfloor.timeline.commands import Command, Outcome
from showfloor.timeline.log import NewEntry

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Entering:
    """An entry, as it was sent."""

    giveaway_id: str
    email: str = ""
    picture_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An entry that is allowed as far as it is known without the list."""

    giveaway: Giveaway
    claims: Claims
    email: str
    identity: str
    language: str


@timeline.verb
def enter(
    show_id: str, commands: Sequence[Command], entries: Sequence[Entering | Outcome]
) -> list[Outcome]:
    """Take a batch of entries. The result of each has `number`, `seal` and `salt`: the proof that
    the entry is in the list. A person who is in it already gets the same answer again."""
    with timeline.write():
        admission = admission_for(show_id, commands, utc_now())
        if admission is None:
            return no_such_show(commands)
        show = admission.show
        given = [one for one in entries if isinstance(one, Entering)]
        giveaways = _lock({one.giveaway_id for one in given if is_id(one.giveaway_id)}, show)
        now = utc_now()  # nobody enters late because the lock took its time
        ordered = _order_emails(show, commands, giveaways.values())
        staff = _staff_mailboxes(show, [*(one.email for one in given), *ordered.values()])

        def check(command: Command, one: Entering) -> _Wanted:
            admission.admit(command.claims)
            giveaway = giveaways.get(one.giveaway_id)
            if giveaway is None or giveaway.state in queries.UNSEEN:
                raise NotFound(_("There is no such giveaway."), field="giveaway_id")
            rules.check_enterable(giveaway.state, giveaway.closes_at, one.picture_at, now)
            wanted = _wanted(giveaway, command, one, ordered)
            if command.claims.is_staff or rules.mailbox(wanted.email) in staff:
                raise Forbidden(_("People of the brand can't take part."), code="staff")
            network_quota.check_vote(command.claims, giveaway.pk)
            return wanted

        checked = command_batches.each(commands, entries, show.brand.language, check)
        lists = [_List(giveaways[pk]) for pk in sorted(giveaways)]
        by_id = {one.giveaway.pk: one for one in lists}
        for one in lists:
            one.read([w for w in checked if isinstance(w, _Wanted) and w.giveaway is one.giveaway])
        done = command_batches.each(
            commands, checked, show.brand.language,
            lambda _command, one: by_id[one.giveaway.pk].add(one, now),
        )  # fmt: skip
        seq = _write(show, lists)
    return [
        one
        if isinstance(one, Outcome)
        else Outcome(seq=seq.get(one.giveaway_id), result=_told(one))
        for one in done
    ]


def _lock(giveaway_ids: set[str], show: Show) -> dict[str, Giveaway]:
    rows = queries.of_show(show).filter(pk__in=giveaway_ids).order_by("pk")
    return {one.pk: one for one in rows.select_for_update(of=("self",), no_key=True)}


def _wanted(
    giveaway: Giveaway, command: Command, given: Entering, ordered: Mapping[str, str]
) -> _Wanted:
    """Return the entry with the value that the giveaway's rule counts; Invalid, Forbidden."""
    claims, rule, email = command.claims, giveaway.rule, ""
    value = claims.sub
    if rule == EntryRule.MEMBER and not claims.subject.is_member:
        raise Forbidden(_("Sign in as a member to take part."), code="members-only")
    if rule in rules.ASKS_EMAIL:
        of_order = ordered.get(claims.sub, "") if rule == EntryRule.ORDER else ""
        email = of_order or rules.clean_email(given.email)
        value = rules.mailbox(email)
    if rule == EntryRule.NETWORK:
        value = claims.network or claims.sub
    identity = rules.identity(_key(giveaway), rule, value)
    return _Wanted(giveaway, claims, email, identity, command.language)


def _key(giveaway: Giveaway) -> bytes:
    """Return the key of the identities: a list of addresses does not tell who is in a draw."""
    return f"giveaway:{settings.SECRET_KEY}:{giveaway.pk}".encode()


def _order_emails(
    show: Show, commands: Sequence[Command], giveaways: Iterable[Giveaway]
) -> dict[str, str]:
    """Return the e-mail address of an order of each sender, where a giveaway counts by orders."""
    found: dict[str, str] = {}
    if not any(one.rule == EntryRule.ORDER for one in giveaways):
        return found
    orders = Order.objects.for_brand(show.brand_id).exclude(email="").order_by("placed_at")
    for some in command_batches.chunks({one.claims.sub for one in commands}):
        rows = orders.filter(owner__in=some).values_list("owner", "email")
        found |= {owner: email.lower() for owner, email in rows}
    return found


def _staff_mailboxes(show: Show, emails: Sequence[str]) -> set[str]:
    """Return those of the mailboxes under which the brand's staff sign in, whatever the `+tag`."""
    staff: QuerySet[StaffRole] = StaffRole.objects.for_brand(show.brand_id)
    named = staff.annotate(address=Lower("user__email"))
    typed = {email.strip().lower() for email in emails if email.isprintable() and email}
    wanted = typed | {rules.mailbox(email) for email in typed}
    return {
        rules.mailbox(address)
        for some in command_batches.chunks(wanted)
        for address in named.filter(address__in=some).values_list("address", flat=True)
    }


class _List:
    """The sealed list of one giveaway, while a batch goes into it."""

    def __init__(self, giveaway: Giveaway) -> None:
        self.giveaway = giveaway
        self.new: list[DrawEntry] = []
        self._head = bytes.fromhex(giveaway.head) if giveaway.head else b""
        self._by_person: dict[str, DrawEntry] = {}
        self._identities: set[str] = set()

    def read(self, wanted: Sequence[_Wanted]) -> None:
        """Read the entries that those of the batch may meet."""
        rows = DrawEntry.objects.all_brands().filter(giveaway=self.giveaway)
        for some in command_batches.chunks(wanted):
            people = {one.claims.sub for one in some}
            for one in rows.filter(Q(owner__in=people) | Q(entrant__in=people)).order_by("number"):
                self._by_person |= {one.entrant: one, one.owner: one}
            same = rows.filter(identity__in={one.identity for one in some})
            self._identities.update(same.values_list("identity", flat=True))

    def add(self, wanted: _Wanted, now: datetime) -> DrawEntry:
        """Return this person's entry; Conflict when somebody else is the same person by the rule,
        or when the giveaway is full."""
        known = self._by_person.get(wanted.claims.sub)
        if known is not None:
            return known
        if wanted.identity in self._identities:
            raise Conflict(_("You have already entered."), code="entered-already")
        number = self.giveaway.entries + len(self.new) + 1
        if number > self.giveaway.entries_max:
            raise Conflict(_("The giveaway is full."), code="giveaway-full")
        salt = secrets.token_bytes(SALT_BYTES)
        seal = verify_draw.seal_of(salt, wanted.claims.sub)
        (self._head,) = verify_draw.heads(self._head, [seal])
        entry = DrawEntry(
            giveaway=self.giveaway, number=number, seal=seal.hex(), salt=salt.hex(),
            entrant=wanted.claims.sub, owner=wanted.claims.sub, identity=wanted.identity,
            email=wanted.email, language=wanted.language[:10], entered_at=now,
        )  # fmt: skip
        self.new.append(entry)
        self._by_person[entry.entrant] = entry
        self._identities.add(entry.identity)
        return entry

    def save(self) -> NewEntry:
        """Write the new entries and the list's next head; return the entry that says so."""
        DrawEntry.objects.all_brands().bulk_create(self.new, batch_size=command_batches.IN_QUERY)
        self.giveaway.entries += len(self.new)
        self.giveaway.head = self._head.hex()
        self.giveaway.save(update_fields=["entries", "head"])
        return NewEntry("giveaway.entered", queries.entered(self.giveaway))


def _write(show: Show, lists: Sequence[_List]) -> dict[str, int]:
    """Write the lists that have grown; return the `seq` of each by its giveaway's id."""
    grown = [one for one in lists if one.new]
    if not grown:
        return {}
    written = timeline.append(show.timeline_id, [one.save() for one in grown])
    return {one.giveaway.pk: entry.seq for one, entry in zip(grown, written, strict=True)}


def _told(entry: DrawEntry) -> dict[str, object]:
    return {"number": entry.number, "seal": entry.seal, "salt": entry.salt}

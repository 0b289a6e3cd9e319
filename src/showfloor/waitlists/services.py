"""Joining and leaving a waitlist, for many people in one transaction.

A person waits for one unit of a variant that is sold out. Locks: stock (by whoever joins, so that a
unit that comes back at that moment is seen by one of both), then waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection
from django.utils.translation import gettext as _

from showfloor.accounts import network_quota
from showfloor.accounts.email_addresses import check_email
from showfloor.accounts.handover import Handover
from showfloor.accounts.languages import override_language
from showfloor.accounts.models import Brand
from showfloor.accounts.services import emails_of_member
from showfloor.accounts.subjects import SubjectKind
from showfloor.accounts.transactions import Repeat, verb, write
from showfloor.catalogue import queries as catalogue
from showfloor.catalogue.queries import Goods
from showfloor.checkout.reservations import services as reservations
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.errors import Conflict, Forbidden, NotFound, ShowfloorError
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
from showfloor.stock import services as stock
from showfloor.waitlists import rows
from showfloor.waitlists.models import Wait, WaitState
from showfloor.waitlists.offer_links import Offer
from showfloor.waitlists.queries import WaitView, view_of
from showfloor.waitlists.queue import KIND_NAME
from showfloor.waitlists.rows import WaitRow

PER_PERSON_MAX: Final = 20
_OPEN: Final = (WaitState.WAITING, WaitState.OFFERED)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """The wish of a person (a token's `sub`) to wait for one unit. `show`: the address of the show
    in which it was seen; `email`: where an offer is mailed to, empty for a member's own;
    `language`: what the person reads, empty for the brand's; `network`: the one whose quota the
    person uses up (`network_quota.share_of`), empty for none."""

    owner: str
    sku: str
    show: str = ""
    email: str = ""
    language: str = ""
    network: str = ""


@verb
def join_many(
    brand: Brand, requests: Sequence[JoinRequest], now: datetime
) -> list[WaitView | ShowfloorError]:
    """Put people at the end of queues; return for each request, in their order, the place, or
    NotFound, Invalid, Conflict, RateLimited. A person who waits already keeps the place, and may
    name another e-mail address."""
    with stock.writing(), connection.cursor() as cursor:
        return _Joins(cursor, brand, requests, now).answers()


def join(brand: Brand, request: JoinRequest, now: datetime) -> WaitView:
    """Put one person at the end of a queue, and raise the error."""
    (answer,) = join_many(brand, [request], now)
    if isinstance(answer, ShowfloorError):
        raise answer
    return answer


class _Joins:
    """One batch in its transaction."""

    def __init__(
        self, cursor: Cursor, brand: Brand, requests: Sequence[JoinRequest], now: datetime
    ) -> None:
        self._cursor, self._brand, self._requests, self._now = cursor, brand, requests, now
        skus = {one.sku for one in requests if one.sku.isprintable()}
        self._goods = {one.sku: one for one in catalogue.goods(cursor, brand.pk, skus=skus)}
        variants = sorted(one.variant_id for one in self._goods.values())
        stock.lock(cursor, variants)
        self._free = stock.free_units(cursor, variants)
        self._open: dict[str, dict[str, WaitRow]] = {}  # by owner and variant
        for one in rows.open_of(cursor, brand.pk, {one.owner for one in requests}):
            self._open.setdefault(one.owner, {})[one.variant_id] = one
        self._shows = self._shows_named()
        self._new: list[WaitRow] = []
        self._readdressed: list[WaitRow] = []

    def answers(self) -> list[WaitView | ShowfloorError]:
        decided: list[WaitRow | ShowfloorError] = []
        with override_language(self._brand.language) as speak:
            for request in self._requests:
                speak(request.language)
                try:
                    decided.append(self._decide(request))
                except ShowfloorError as error:
                    decided.append(error)
        if rows.insert(self._cursor, self._new) < len(self._new):
            raise Repeat("another request of a person has joined meanwhile")
        rows.write_emails(self._cursor, self._readdressed)
        places = self._places([one for one in decided if isinstance(one, WaitRow)])
        goods = {one.variant_id: one for one in self._goods.values()}
        return [
            one if isinstance(one, ShowfloorError)
            else view_of(one, goods[one.variant_id], places.get(one.id))
            for one in decided
        ]  # fmt: skip

    def _decide(self, request: JoinRequest) -> WaitRow:
        goods = self._sold(request.sku)
        own = self._open.setdefault(request.owner, {})
        if goods.variant_id in own:
            return self._again(own[goods.variant_id], request)
        if self._free[goods.variant_id] > 0:
            raise Conflict(
                _("It is available: put it into your cart."), code="available", field="sku"
            )
        if len(own) >= PER_PERSON_MAX:
            raise Conflict(
                _("You wait for %(count)d things already.") % {"count": len(own)},
                code="waits-limit",
            )
        if request.owner.startswith(SubjectKind.STAFF.prefix):
            raise Forbidden(_("Staff does not queue up before the audience."), code="staff")
        email = self._email(request)
        network_quota.check_share(request.network, goods.variant_id)
        wait = WaitRow(
            new_id(), self._brand.pk, request.owner, goods.variant_id,
            self._shows.get(request.show), email,
            request.language or self._brand.language, WaitState.WAITING.value,
            _instant(self._now) + len(self._new) * _MICROSECOND,  # first come, first served
        )  # fmt: skip
        own[goods.variant_id] = wait
        self._new.append(wait)
        return wait

    def _again(self, wait: WaitRow, request: JoinRequest) -> WaitRow:
        """Keep the place of somebody who asks again, and note the address that is named now."""
        if request.email and wait.state == WaitState.WAITING:
            wait.email = self._email(request)
            self._readdressed.append(wait)
        return wait

    def _sold(self, sku: str) -> Goods:
        goods = self._goods.get(sku)
        if goods is None or goods.archived or not goods.published:
            raise NotFound(_("There is no such product here."), field="sku")
        return goods

    def _email(self, request: JoinRequest) -> str:
        if request.email:
            check_email(request.email)
            return request.email
        if request.owner.startswith(SubjectKind.MEMBER.prefix):
            return next(iter(emails_of_member(self._brand.pk, request.owner)), "")
        return ""

    def _shows_named(self) -> dict[str, str]:
        named = {one.show for one in self._requests if one.show and one.show.isprintable()}
        if not named:
            return {}
        shows = Show.objects.for_brand(self._brand).filter(slug__in=named, rehearses=None)
        return dict(shows.values_list("slug", "pk"))

    def _places(self, waits: Sequence[WaitRow]) -> dict[str, int]:
        """Return the places by id: those of new waits follow each other at the end."""
        new = {one.id for one in self._new}
        found = rows.places(self._cursor, [one for one in waits if one.id not in new])
        before = rows.lengths(self._cursor, {one.variant_id for one in self._new})
        for one in reversed(self._new):
            found[one.id] = before[one.variant_id]
            before[one.variant_id] -= 1
        return found


@verb
def leave(brand_id: str, owner: str, sku: str, now: datetime) -> None:
    """Take a person out of the queue for a variant; an offer passes on to the next. NotFound where
    the person does not wait."""
    with stock.writing(), connection.cursor() as cursor:
        own = {one.variant_id: one for one in rows.open_of(cursor, brand_id, [owner])}
        skus = [sku] if sku.isprintable() else []
        goods = catalogue.goods(cursor, brand_id, skus=skus) if skus else []
        wait = next((own[one.variant_id] for one in goods if one.variant_id in own), None)
        if wait is None:
            raise NotFound(_("You don't wait for that."), field="sku")
        if wait.state == WaitState.OFFERED:
            source = f"{KIND_NAME}:{wait.id}"
            if not reservations.release_sources(cursor, brand_id, [source], now):
                raise Conflict(_("Leave the checkout first."), code="in-checkout")
        elif not rows.move(cursor, [wait.id], ["waiting"], WaitState.LEFT.value):
            raise Repeat("the person was offered a unit meanwhile")


@verb
def bring_along(offer: Offer, owner: str, now: datetime) -> None:
    """Let an offer be that of the person whose browser opened its link. NotFound for one that is
    over, Conflict for one in a checkout, Forbidden for staff."""
    if owner.startswith(SubjectKind.STAFF.prefix):
        raise Forbidden(_("Staff does not queue up before the audience."), code="staff")
    wait, brand_id = offer.wait, offer.wait.brand_id
    with stock.writing(), connection.cursor() as cursor:
        reservations.bring_along(cursor, brand_id, offer.reservation.pk, owner, now)
        own = [one for one in rows.open_of(cursor, brand_id, [owner])
               if one.variant_id == wait.variant_id and one.id != wait.pk]  # fmt: skip
        if any(one.state == WaitState.OFFERED for one in own):
            raise Conflict(_("One is kept for you already."), code="offered")
        rows.move(cursor, [one.id for one in own], ["waiting"], WaitState.LEFT.value)
        # The address is the one of whoever waited so far, and this may be somebody else.
        others = Wait.objects.for_brand(brand_id).filter(pk=wait.pk).exclude(owner=owner)
        others.update(owner=owner, email="")


@verb
def hand_over(handover: Handover) -> None:
    """Let the places of a guest be those of the account that the guest has signed in to; of two for
    one variant the account's own stays."""
    guests = Wait.objects.for_brand(handover.brand_id).filter(owner=handover.guest)
    if not guests.exists():
        return
    with write():
        own = Wait.objects.for_brand(handover.brand_id).filter(
            owner=handover.owner, state__in=_OPEN
        )
        twice = guests.filter(state__in=_OPEN, variant__in=own.values("variant"))
        twice.update(state=WaitState.LEFT)
        guests.update(owner=handover.owner)


@verb
def forget(brand_id: str, owner: str) -> int:
    """Delete the waits of an erased person; what was offered has been given back by `checkout`."""
    with write():
        return Wait.objects.for_brand(brand_id).filter(owner=owner).delete()[0]


def _instant(now: datetime) -> datetime:
    """Return this instant to the microsecond: two batches of one millisecond have an order, too."""
    exact = datetime.now(UTC)
    return exact if now <= exact < now + timedelta(seconds=1) else now

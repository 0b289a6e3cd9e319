"""The queue of comments that buy: each becomes a reservation or a refusal, first come, first
served, many in one transaction. The person is told in private.

Locks: the show's setting (so that one process at a time decides for a show), then those of
reservations and stock. A person has one reservation by comment of a product at a time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils.translation import gettext as _

from showfloor.accounts import bans
from showfloor.accounts.languages import override_language
from showfloor.accounts.models import Brand
from showfloor.accounts.tokens import Claims
from showfloor.accounts.transactions import verb
from showfloor.catalogue import queries as catalogue
from showfloor.catalogue.models import Variant
from showfloor.checkout.pauses import queries as pauses
from showfloor.checkout.pauses import rules as pause_rules
from showfloor.checkout.reservations import rows as reserved_rows
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.rows import ReservationRow
from showfloor.checkout.reservations.services import ReserveRequest
from showfloor.comment_buying import rules
from showfloor.comment_buying.models import CommentBuying, CommentRequest, RequestState
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import utc_now
from showfloor.pricing import queries as pricing
from showfloor.stock import services as stock
from showfloor.timeline.job_wakes import JobWake
from showfloor.timeline.log import NewEntry

KIND_NAME: Final = "comment"
AT_ONCE_MAX: Final = 200  # comments in one transaction
SHOWS_MAX: Final = 50  # in one run of the job

wake: Final = JobWake("comments")  # of the job: a comment that buys calls it


def run() -> int:
    """Decide what waits, of all shows, one transaction each; return how many were decided."""
    waiting = CommentRequest.objects.all_brands().filter(state=RequestState.WAITING)
    show_ids = waiting.order_by("show").values_list("show", flat=True).distinct()[:SHOWS_MAX]
    return sum(decide(show_id, utc_now()) for show_id in list(show_ids))


@verb
def decide(show_id: str, now: datetime) -> int:
    """Decide the oldest comments of a show that wait; return how many."""
    with stock.writing(), connection.cursor() as cursor:
        settings = CommentBuying.objects.all_brands().filter(show=show_id)
        locked = settings.select_for_update(of=("self",), no_key=True)
        setting = locked.select_related("show__brand").first()
        if setting is None:
            return 0
        waiting = CommentRequest.objects.all_brands().filter(
            show=show_id, state=RequestState.WAITING
        )
        waiting = waiting.select_for_update(of=("self",), no_key=True)
        oldest = waiting.select_related("code__product").order_by("asked_at", "pk")
        return _Round(cursor, setting, list(oldest[:AT_ONCE_MAX]), now).decide()


@dataclass(slots=True)
class _Round:
    """Some comments of one show in their transaction, the setting locked."""

    cursor: Cursor
    setting: CommentBuying
    waiting: Sequence[CommentRequest]
    now: datetime
    refused: list[tuple[CommentRequest, str, str]] = field(default_factory=list)

    @property
    def brand(self) -> Brand:
        return self.setting.show.brand

    def decide(self) -> int:
        if not self.waiting:
            return 0
        with override_language(self.brand.language) as speak:
            wanted = self._not_paused(self._wanted(self._variants()), speak)
            asked = [self._reservation(one, variant_id) for one, variant_id in wanted]
            outcomes = reservations.reserve_many(self.cursor, self.brand.pk, asked, self.now)
            for (one, _variant), outcome in zip(wanted, outcomes, strict=True):
                if isinstance(outcome, ReservationRow):
                    one.state = RequestState.RESERVED
                else:
                    speak(one.language)
                    reason = outcome.error.code or "sold-out"
                    known = reason in ("sold-out", "hold-limit")
                    self.refused.append((one, reason, "" if known else str(outcome.error)))
            news: dict[str, list[NewEntry]] = {}
            for one, reason, words in self.refused:
                speak(one.language)
                one.state, one.reason = RequestState.REFUSED, reason[:20]
                news.setdefault(one.owner, []).append(_answer(one, reason, words))
        stock.tell_people(self.brand.pk, news)
        decided = [one for one in self.waiting if one.state != RequestState.WAITING]
        CommentRequest.objects.all_brands().bulk_update(decided, ["state", "reason"])
        return len(decided)

    def _wanted(self, variants: Mapping[str, Sequence[str]]) -> list[tuple[CommentRequest, str]]:
        """Return the comments that can be served, each with its variant, and note why others
        can't. A second one of a person about the same product waits for the first's end."""
        people = {one.owner for one in self.waiting}
        banned = bans.banned_among(
            self.brand.pk, [Claims(one, self.brand.pk) for one in sorted(people)], self.now
        )
        kept = self._kept(people)
        asking: set[tuple[str, str]] = set()
        wanted = []
        for one in self.waiting:
            product_id = "" if one.code is None else one.code.product_id
            if (one.owner, product_id) in asking:
                continue
            sold = variants.get("" if one.code is None else one.code.pk, ())
            reason = _obstacle(one, sold)
            if one.owner in banned:
                reason = "banned"
            elif not reason and (one.owner, product_id) in kept:
                reason = "kept-already"
            if reason:
                self.refused.append((one, reason, ""))
            else:
                asking.add((one.owner, product_id))
                wanted.append((one, sold[0]))
        return wanted

    def _not_paused(
        self, wanted: Sequence[tuple[CommentRequest, str]], speak: Callable[[str], None]
    ) -> list[tuple[CommentRequest, str]]:
        """Return the comments about goods that are sold now; the others hear why they are not."""
        paused = pauses.paused_goods(self.cursor, self.brand.pk, {goods for _one, goods in wanted})
        sold = []
        for one, variant_id in wanted:
            pause = paused.pause_of(variant_id, one.show_id)
            if pause is None:
                sold.append((one, variant_id))
            else:
                speak(one.language)
                words = str(pause_rules.refusal(pause))
                self.refused.append((one, pause_rules.CODE, words))
        return sold

    def _variants(self) -> dict[str, list[str]]:
        """Return what each code stands for now: variants that are on sale and have a price."""
        codes = {one.code.pk: one.code for one in self.waiting if one.code is not None}
        products = {one.product_id for one in codes.values()}
        rows = Variant.objects.for_brand(self.brand.pk).filter(
            catalogue.on_sale(), product__in=products
        )
        found = list(rows.order_by("pk").values_list("pk", "product_id"))
        prices = pricing.load(
            self.cursor, self.brand.pk, [pk for pk, _product in found], self.brand.currency,
            self.now,
        ).prices  # fmt: skip
        return {
            code.pk: [
                pk for pk, product_id in found
                if pk in prices and product_id == code.product_id
                and code.variant_id in (None, pk)
            ]
            for code in codes.values()
        }  # fmt: skip

    def _kept(self, people: set[str]) -> set[tuple[str, str]]:
        """Return persons with the products of which a comment keeps units for them."""
        opened = reserved_rows.open_of(self.cursor, self.brand.pk, people, lock=False)
        own = [
            (owner, one.variant_id)
            for owner, some in opened.items() for one in some if one.kind == KIND_NAME
        ]  # fmt: skip
        goods = catalogue.goods(
            self.cursor, self.brand.pk, variant_ids={variant_id for _owner, variant_id in own}
        )
        products = {one.variant_id: one.product_id for one in goods}
        return {(owner, products[variant_id]) for owner, variant_id in own}

    def _reservation(self, one: CommentRequest, variant_id: str) -> ReserveRequest:
        return ReserveRequest(
            one.owner, variant_id, one.quantity, f"{KIND_NAME}:{one.message_id}",
            self.now + timedelta(seconds=self.setting.keeps_s), show_id=one.show_id,
            show_time_s=one.show_time_s,
        )  # fmt: skip


def _obstacle(one: CommentRequest, sold: Sequence[str]) -> str:
    if one.code is None:
        return "gone"
    if one.quantity > rules.QUANTITY_MAX:
        return "too-many"
    if not sold:
        return "not-sold"
    return "choose" if len(sold) > 1 else ""


def _answer(one: CommentRequest, reason: str, words: str) -> NewEntry:
    code = one.code
    name = "" if code is None else code.product.name
    body = {
        "message_id": one.message_id, "code": "" if code is None else code.code, "reason": reason,
        "message": words or _words(reason, name),
        "product_id": "" if code is None else code.product_id, "name": name,
    }  # fmt: skip
    return NewEntry("comment.refused", body)


def _words(reason: str, name: str) -> str:
    named = {"name": name, "count": rules.QUANTITY_MAX}
    match reason:
        case "sold-out":
            return _("%(name)s: not so many are left. You can wait for it.") % named
        case "choose":
            return _("%(name)s: choose which one you want.") % named
        case "kept-already":
            return _("%(name)s is kept for you already.") % named
        case "too-many":
            return _("One comment buys at most %(count)d.") % named
        case "hold-limit":
            return _("That is more than one person can reserve at a time.")
        case "not-sold":
            return _("%(name)s is not on sale here.") % named
        case "banned":
            return _("You can't take part here.")
        case _:
            return _("This code is no longer there.")

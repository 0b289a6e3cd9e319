"""The uses of vouchers, inside the transaction of the purchase that they are for.

A use is taken when a checkout gets the code, and given back when the checkout comes to nothing or
its order is cancelled. The counter is moved by a conditional update, so that the last use is won
once; the row that it locks also keeps two purchases of one person apart. Locks: after the checkout,
before holds and stock.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils.crypto import salted_hmac

from showfloor.catalogue.models import Variant
from showfloor.kernel.errors import Invalid
from showfloor.pricing.vouchers import rules
from showfloor.pricing.vouchers.models import UseState, Voucher, VoucherUse
from showfloor.pricing.vouchers.rules import VoucherTerms, WantedLine

_COPIED = (
    "code", "kind", "value", "currency", "minimum", "moment", "show", "starts_at", "ends_at",
    "limit", "limit_per_person", "used", "active",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WantedGoods:
    """A purchase that a code is entered for. `id`: of its checkout; `owner`: the buyer's `sub`."""

    brand_id: str
    id: str
    owner: str
    email: str
    currency: str
    lines: Sequence[WantedLine]


def enter(purchase: WantedGoods, code: str, now: datetime) -> dict[str, object]:
    """Take a use of the code for the purchase, instead of the one it has, and return the voucher as
    the checkout keeps it. Invalid says in words why not, and leaves the one that it has."""
    tidy = rules.tidied(code)
    found = (
        Voucher.objects.for_brand(purchase.brand_id).filter(code=tidy).first()
        if rules.is_code(tidy)
        else None
    )
    if found is None:
        raise rules.unknown()
    held = VoucherUse.objects.for_brand(purchase.brand_id).filter(checkout=purchase.id)
    has_it = held.filter(voucher=found).exists()
    terms = _terms(found, [line.variant_id for line in purchase.lines])
    key = email_key(purchase.brand_id, purchase.email)
    chosen = rules.check(
        terms, purchase.lines, purchase.currency, now, has_it=has_it,
        used_by_person=_by_person(purchase, found.pk, key),
    )  # fmt: skip
    if not has_it:
        if not take(found.pk):
            raise rules.used_up()
        # Another purchase of this person may have taken its use before the row was locked.
        try:
            rules.check_person(found.limit_per_person, _by_person(purchase, found.pk, key))
        except Invalid:
            put_back(found.pk)
            raise
        give_back(purchase.brand_id, [purchase.id])
        VoucherUse(
            brand_id=purchase.brand_id, voucher=found, checkout=purchase.id, owner=purchase.owner,
            email=key, created_at=now,
        ).save(force_insert=True)  # fmt: skip
    return rules.frozen(terms, chosen)


def check_email(purchase: WantedGoods, voucher_id: str) -> None:
    """Note the address of a purchase that has a voucher; Invalid when its reader has used the
    voucher as often as one person may."""
    voucher = Voucher.objects.for_brand(purchase.brand_id).select_for_update().get(pk=voucher_id)
    key = email_key(purchase.brand_id, purchase.email)
    rules.check_person(voucher.limit_per_person, _by_person(purchase, voucher_id, key))
    VoucherUse.objects.for_brand(purchase.brand_id).filter(checkout=purchase.id).update(email=key)


def take(voucher_id: str) -> bool:
    """Count one use more, if there is one left; the voucher's row is locked by it."""
    rows = Voucher.objects.all_brands().filter(pk=voucher_id)
    left = rows.filter(Q(limit__isnull=True) | Q(used__lt=F("limit")))
    return bool(left.update(used=F("used") + 1))


def put_back(voucher_id: str, count: int = 1) -> None:
    rows = Voucher.objects.all_brands().filter(pk=voucher_id, used__gte=count)
    rows.update(used=F("used") - count)


def give_back(brand_id: str, checkout_ids: Collection[str]) -> None:
    """Give back the uses of these checkouts. A second call changes nothing."""
    held = _of(brand_id, checkout_ids)
    counts: dict[str, int] = {}
    for voucher_id in held.select_for_update().values_list("voucher_id", flat=True):
        counts[voucher_id] = counts.get(voucher_id, 0) + 1
    if not counts:
        return
    held.delete()
    for voucher_id, count in sorted(counts.items()):
        put_back(voucher_id, count)


def order(brand_id: str, checkout_id: str, discount: int, total: int) -> None:
    """The checkout has become an order, at which the voucher took off so much."""
    _of(brand_id, [checkout_id]).update(state=UseState.ORDERED, discount=discount, total=total)


def hand_over(brand_id: str, checkout_ids: Collection[str], owner: str) -> None:
    """Let the uses of these checkouts be those of another owner: a guest has signed in."""
    _of(brand_id, checkout_ids).update(owner=owner)


def email_key(brand_id: str, email: str) -> str:
    """Return what stands for an address in the table, empty for none."""
    if not email:
        return ""
    named = f"{brand_id}:{email.strip().lower()}"
    return salted_hmac("showfloor.voucher", named, algorithm="sha256").hexdigest()


def _terms(voucher: Voucher, variant_ids: Sequence[str]) -> VoucherTerms:
    copied = {name: getattr(voucher, name) for name in _COPIED}
    products, categories = voucher.products.all(), voucher.categories.all()
    if not products.exists() and not categories.exists():
        return VoucherTerms(id=voucher.pk, **copied)
    variants = Variant.objects.for_brand(voucher.brand_id).filter(
        Q(product__in=products.values("pk")) | Q(product__category__in=categories.values("pk")),
        pk__in=variant_ids,
    )
    goods = frozenset(variants.values_list("pk", flat=True))
    return VoucherTerms(id=voucher.pk, **copied, goods=goods)


def _by_person(purchase: WantedGoods, voucher_id: str, key: str) -> int:
    """Return how often the buyer used a voucher in other purchases."""
    person = Q(owner=purchase.owner)
    if key:
        person |= Q(email=key)
    uses = VoucherUse.objects.for_brand(purchase.brand_id).filter(person, voucher_id=voucher_id)
    return uses.exclude(checkout=purchase.id).count()


def _of(brand_id: str, checkout_ids: Collection[str]) -> QuerySet[VoucherUse]:
    return VoucherUse.objects.for_brand(brand_id).filter(checkout__in=list(checkout_ids))

"""The verbs of producers, the hand-over of a guest's comments, and their erasure.

Locks: the show, then its setting, then its backstage.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from showfloor.accounts.handover import Handover
from showfloor.accounts.models import User
from showfloor.accounts.transactions import verb, write
from showfloor.catalogue.models import Variant
from showfloor.comment_buying import rules
from showfloor.comment_buying.models import (
    CommentBuying,
    CommentCode,
    CommentRequest,
    RequestState,
)
from showfloor.community.admission import lock_show
from showfloor.community.safety import audit
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.shows.models import PRODUCT_ITEM, RundownItem, Show
from showfloor.timeline import services as timeline


@dataclass(frozen=True, slots=True)
class CodeDraft:
    """A code for a product of the rundown; `variant_id`: for that variant alone."""

    code: str
    product_id: str
    variant_id: str | None = None


@dataclass(frozen=True, slots=True)
class BuyingDraft:
    """The whole setting of a show; `keeps_s`: seconds for which goods are kept."""

    is_on: bool
    codes: Sequence[CodeDraft]
    words: Sequence[str] = rules.WORDS
    shows_messages: bool = True
    keeps_s: int = rules.KEEPS_S


@timeline.verb
def save(show: Show, draft: BuyingDraft, by: User) -> None:
    """Write the setting and the codes of a show; Invalid, Conflict (a rehearsal sells nothing). A
    code that stays is the same row, so that comments that wait keep what they asked for."""
    words = rules.clean_words(draft.words)
    rules.check_keeps(draft.keeps_s)
    codes = _clean_codes(draft.codes, words)
    if draft.is_on and not codes:
        raise Invalid(_("Give a product a code first."), field="codes")
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        if locked.rehearses_id is not None:
            raise Conflict(_("Nothing is sold in a rehearsal."), code="rehearsal")
        _check_products(locked, codes)
        CommentBuying.objects.all_brands().update_or_create(
            show=locked,
            defaults={
                "is_on": draft.is_on, "words": words, "shows_messages": draft.shows_messages,
                "keeps_s": draft.keeps_s,
            },
        )  # fmt: skip
        _write_codes(locked, codes)
        audit.log(locked, by, f"comment_buying.{'on' if draft.is_on else 'off'}")


def _clean_codes(drafts: Sequence[CodeDraft], words: Sequence[str]) -> dict[str, CodeDraft]:
    """Return the codes by what they are compared as."""
    if len(drafts) > rules.CODES_MAX:
        raise Invalid(
            _("A show has at most %(count)d codes.") % {"count": rules.CODES_MAX}, field="codes"
        )
    clean: dict[str, CodeDraft] = {}
    for one in drafts:
        code = rules.clean_code(one.code, words)
        if rules.fold(code) in clean:
            raise Invalid(_("%(code)s is there twice.") % {"code": code}, field="codes")
        clean[rules.fold(code)] = CodeDraft(code, one.product_id, one.variant_id)
    return clean


def _check_products(show: Show, codes: dict[str, CodeDraft]) -> None:
    """Raise Invalid for a code of what is not in the rundown."""
    items = RundownItem.objects.for_brand(show.brand_id).filter(show=show, kind=PRODUCT_ITEM)
    products = set(items.values_list("product", flat=True))
    variants = dict(
        Variant.objects.for_brand(show.brand_id)
        .filter(product__in=products)
        .values_list("pk", "product_id")
    )
    for one in codes.values():
        if one.product_id not in products or (
            one.variant_id is not None and variants.get(one.variant_id) != one.product_id
        ):
            raise Invalid(
                _("%(code)s: this is not in the rundown.") % {"code": one.code}, field="codes"
            )


def _write_codes(show: Show, codes: dict[str, CodeDraft]) -> None:
    rows = CommentCode.objects.for_brand(show.brand_id).filter(show=show)
    rows.exclude(folded__in=codes).delete()
    before = {one.folded: one for one in rows}
    new = []
    for folded, one in codes.items():
        row = before.get(folded) or CommentCode(show=show, folded=folded)
        row.code, row.product_id, row.variant_id = one.code, one.product_id, one.variant_id
        new.append(row)
    CommentCode.objects.all_brands().bulk_create(
        new, update_conflicts=True, unique_fields=["id"],
        update_fields=["code", "product", "variant"],
    )  # fmt: skip


@verb
def hand_over(handover: Handover) -> None:
    """Let the comments of a guest be those of the account that the guest has signed in to; of two
    that wait for the same the account's own stays."""
    guests = CommentRequest.objects.for_brand(handover.brand_id).filter(owner=handover.guest)
    if not guests.exists():
        return
    with write():
        own = CommentRequest.objects.for_brand(handover.brand_id).filter(
            owner=handover.owner, state=RequestState.WAITING
        )
        guests.filter(state=RequestState.WAITING, code__in=own.values("code")).delete()
        guests.update(owner=handover.owner)


@verb
def forget(brand_id: str, owner: str) -> int:
    """Delete the comments of an erased person; one that waits buys nothing any more."""
    with write():
        return CommentRequest.objects.for_brand(brand_id).filter(owner=owner).delete()[0]

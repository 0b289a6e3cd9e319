"""Reads of comment to buy: the setting for staff, the codes for viewers."""

from typing import TypedDict

from showfloor.comment_buying import rules
from showfloor.comment_buying.models import CommentBuying, CommentCode
from showfloor.shows.models import Show, ShowState


class CodeView(TypedDict):
    """`options`: of the variant, empty for a code of the whole product."""

    code: str
    product_id: str
    variant_id: str | None
    name: str
    options: dict[str, str]


class BuyingView(TypedDict):
    """The setting of a show, for staff."""

    is_on: bool
    words: list[str]
    shows_messages: bool
    keeps_s: int
    codes: list[CodeView]


class CodesView(TypedDict):
    """What can be bought by comment now; no codes where it is off."""

    words: list[str]
    codes: list[CodeView]


def setting(show: Show) -> BuyingView:
    row = CommentBuying.objects.for_brand(show.brand_id).filter(show=show).first()
    return {
        "is_on": row is not None and row.is_on,
        "words": list(rules.WORDS) if row is None else row.words,
        "shows_messages": row is None or row.shows_messages,
        "keeps_s": rules.KEEPS_S if row is None else row.keeps_s,
        "codes": _codes(show),
    }


def codes(show: Show) -> CodesView:
    rows = CommentBuying.objects.for_brand(show.brand_id).filter(show=show, is_on=True)
    row = rows.first() if show.state == ShowState.LIVE else None
    if row is None:
        return {"words": [], "codes": []}
    return {"words": row.words, "codes": _codes(show)}


def _codes(show: Show) -> list[CodeView]:
    rows = CommentCode.objects.for_brand(show.brand_id).filter(show=show)
    return [
        {
            "code": one.code, "product_id": one.product_id, "variant_id": one.variant_id,
            "name": one.product.name,
            "options": {} if one.variant is None else one.variant.options,
        }
        for one in rows.select_related("product", "variant")
    ]  # fmt: skip

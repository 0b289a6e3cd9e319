"""`{% brand_look brand as look %}`: a brand's look where no style sheet reaches: in mails."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from showfloor.accounts import brand_urls
from showfloor.accounts import mail_layout as layouts
from showfloor.accounts.brand_mail import INSTALLATION
from showfloor.accounts.models import Brand
from showfloor.community.notices.models import ContentKind
from showfloor.community.notices.rules import named
from showfloor.legal import queries as legal_texts
from showfloor.legal.models import SellerKind
from showfloor.legal.queries import LegalLink
from showfloor.site import brand_pictures, colours

register = template.Library()

_GROUND = "#f4f1ee"
_INKS = ("#62574c", "#000000", "#ffffff")  # the first that can be read is taken
_DEFAULT_ACCENT = "#8a2f4b"  # `--sf-accent` of the style sheet


@dataclass(frozen=True, slots=True)
class Look:
    name: str
    home: str
    logo: str  # a whole address; empty: the name stands for it
    legal: tuple[LegalLink, ...]  # those that the brand has
    fill: str
    on_fill: str
    ink: str


@register.filter
def has_mark(brand: Brand | None) -> bool:
    """Return whether the brand's logo is a mark without its name."""
    return brand_pictures.is_mark(brand) if brand else False


@register.simple_tag
def brand_look(brand: Brand | None) -> Look:
    made = colours.accent(brand.accent if brand is not None else _DEFAULT_ACCENT, dark=False)
    return Look(
        name=brand.name if brand is not None else INSTALLATION,
        home=brand_urls.home(brand) if brand is not None else brand_urls.origin(None),
        logo=brand_urls.absolute(brand, brand.logo.url) if brand is not None and brand.logo else "",
        legal=_legal(brand) if brand is not None else (),
        fill=made.fill, on_fill=made.on_fill, ink=made.ink,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """The surroundings of a mail. `before`, `after`: the brand's own frame, empty for ours."""

    ground: str
    ink: str  # readable on the ground
    header: str = ""
    footer: str = ""
    before: SafeString | str = ""
    after: SafeString | str = ""


@register.simple_tag
def mail_layout(brand: Brand | None, look: Look) -> Layout:
    row = layouts.of(brand.pk if brand is not None else None)
    if row is None:
        return Layout(_GROUND, _INKS[0])
    values = {"brand": look.name, "home": look.home, "logo": look.logo}
    before, after = row.around(values)
    ground = row.ground or _GROUND
    return Layout(
        ground, colours.readable_on(ground, _INKS), row.header.strip(), row.footer.strip(),
        mark_safe(before), mark_safe(after),  # noqa: S308 - cut down by `mail_layout.harmless`
    )  # fmt: skip


@register.simple_tag
def legal_links(brand: Brand) -> list[LegalLink]:
    return legal_texts.links(brand)


@register.simple_tag
def withdrawal_url(brand: Brand) -> str:
    """Return the address of the withdrawal function; empty for a brand without consumers."""
    if legal_texts.profile(brand.pk).sells_to != SellerKind.CONSUMERS:
        return ""
    return reverse("withdraw", args=[brand.slug])


@register.simple_tag(takes_context=True)
def report_url(context: Mapping[str, Any], brand: Brand) -> str:
    """Return the address of the form for notices, with the page that it is about. Only a page of
    content goes along: the address of an order, say, is a secret."""
    request = context.get("request")
    at = request.path if request is not None else urlsplit(str(context.get("show_url", ""))).path
    form = reverse("brand-report", args=[brand.slug])
    if named(at).kind == ContentKind.OTHER:
        return form
    return f"{form}?{urlencode({'at': at}, safe='/')}"


def _legal(brand: Brand) -> tuple[LegalLink, ...]:
    """Return the links of the brand's texts as whole addresses."""
    return tuple(
        LegalLink(one.kind, one.title, brand_urls.absolute(brand, one.url))
        for one in legal_texts.links(brand)
    )

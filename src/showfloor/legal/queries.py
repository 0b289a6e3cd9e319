"""The reads of legal texts: the version in force, the links of a footer, what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import get_language

from showfloor.accounts.models import Brand
from showfloor.kernel.batch_reads import read_once
from showfloor.kernel.ids import is_id
from showfloor.legal import rules
from showfloor.legal.models import LegalOverride, LegalVersion, SellerProfile, TextKind
from showfloor.legal.rules import Text


@dataclass(frozen=True, slots=True)
class LegalLink:
    kind: str
    title: str
    url: str


def profile(brand_id: str) -> SellerProfile:
    """Return the brand's profile, or the strictest one where nobody has filled it in."""
    rows = SellerProfile.objects.for_brand(brand_id)
    found = read_once(("seller-profile", brand_id), rows.first)
    return found or SellerProfile(brand_id=brand_id)


def in_force(brand_id: str) -> QuerySet[LegalVersion]:
    """Return the newest version of each of the brand's texts."""
    newest = (
        LegalVersion.objects.for_brand(brand_id)
        .filter(text=OuterRef("text"))
        .order_by("-number")
        .values("pk")[:1]
    )
    rows = LegalVersion.objects.for_brand(brand_id).filter(pk=Subquery(newest))
    return rows.select_related("text")


def _published(brand_id: str) -> list[tuple[str, str, str]]:
    """Return language, kind and id of the newest version of each text, in the order of texts. Every
    mail and every purchase asks: Django would compile its query for longer than it runs, and a
    batch of mails reads it once."""
    return read_once(("legal-texts", brand_id), partial(_read_published, brand_id))


def _read_published(brand_id: str) -> list[tuple[str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.language, t.kind, v.id FROM legal_legaltext t"
            " JOIN legal_legalversion v ON v.text_id = t.id WHERE t.brand_id = %s"
            " AND v.number = (SELECT MAX(n.number) FROM legal_legalversion n"
            " WHERE n.text_id = t.id)"
            " ORDER BY t.kind, t.language",
            (brand_id,),
        )
        return list(cursor.fetchall())


def current(brand: Brand, kind: str, language: str) -> LegalVersion | None:
    """Return the version in force in this language, else in the brand's, else in any."""
    found = {one.text.language: one for one in in_force(brand.pk).filter(text__kind=kind)}
    return found.get(language) or found.get(brand.language) or next(iter(found.values()), None)


def version(pk: str) -> LegalVersion | None:
    """Return one version, old or new, of any brand: each of them is public."""
    rows = LegalVersion.objects.all_brands().select_related("text__brand")
    return rows.filter(pk=pk).first() if is_id(pk) else None


@dataclass(frozen=True, slots=True)
class PurchaseTexts:
    """The versions that a purchase is made under, for each language: `{kind: version id}`."""

    own_language: str
    by_language: Mapping[str, Mapping[str, str]]

    def for_language(self, language: str) -> dict[str, str]:
        """Return the versions in this language; the brand's own where it has no other."""
        found = dict[str, str]()
        for texts in (
            *self.by_language.values(), self.by_language.get(self.own_language, {}),
            self.by_language.get(language, {}),
        ):  # fmt: skip
            found |= texts
        return found


def of_purchase(brand: Brand) -> PurchaseTexts:
    """Return the versions in force of the texts that a purchase is made under."""
    found: dict[str, dict[str, str]] = {}
    for language, kind, pk in _published(brand.pk):
        if kind in rules.OF_A_PURCHASE:
            found.setdefault(language, {})[kind] = pk
    return PurchaseTexts(brand.language, found)


def links(brand: Brand) -> list[LegalLink]:
    """Return the addresses of the texts that the brand has, in the order of footers."""
    kept = {kind for _language, kind, _pk in _published(brand.pk)}
    own = _own_addresses(brand)
    return [
        LegalLink(kind.value, str(kind.label), address_of(brand, kind))
        if kind in kept
        else LegalLink(kind.value, str(kind.label), own[kind])
        for kind in TextKind
        if kind in kept or own.get(kind)
    ]


def address_of(brand: Brand, kind: str) -> str:
    """Return the path of the page with the version in force."""
    return reverse("legal-text", args=[brand.slug, kind])


def version_address(pk: str) -> str:
    """Return the path of the page of one version."""
    return reverse("legal-version", args=[pk])


def missing(brand: Brand) -> tuple[Text, ...]:
    """Return the required texts that the brand has neither here nor, where that serves, elsewhere;
    a text counts in the brand's own language."""
    about = profile(brand.pk)
    kept = in_force(brand.pk).filter(text__language=brand.language)
    there = set(kept.values_list("text__kind", flat=True))
    own = _own_addresses(brand)
    there |= {kind.value for kind in rules.ELSEWHERE if own.get(kind)}
    return rules.missing(rules.required(about.country, about.sells_to), there)


def names(kinds: tuple[Text, ...]) -> str:
    """Return the titles of these texts in a row."""
    return ", ".join(str(TextKind(kind.value).label) for kind in kinds)


def overridden(brand_id: str) -> frozenset[str]:
    """Return the texts that the owner's last override lets a show do without."""
    last = LegalOverride.objects.for_brand(brand_id).values_list("missing", flat=True).first()
    return frozenset(last or ())


def language_now() -> str:
    return (get_language() or settings.LANGUAGE_CODE).partition("-")[0]


def _own_addresses(brand: Brand) -> dict[str, str]:
    """Return the brand's own pages elsewhere, by the kind of text."""
    return {
        Text.IMPRINT: brand.imprint_url, Text.TERMS: brand.terms_url,
        Text.PRIVACY: brand.privacy_url,
    }  # fmt: skip

"""The words of a mail that a brand may put in place of ours, and the names that may stand in them.

A text is no program: `{{ name }}` is replaced by a value, everything else stands as it is. A name
that the mail does not know is said when the text is saved, so that no mail fails because of it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext as _

from showfloor.kernel.batch_reads import read_once
from showfloor.outbox.models import MailWording

_NAME: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_LEFT_OVER: Final = re.compile(r"\{\{|\}\}|\{%|%\}")


@dataclass(frozen=True, slots=True)
class Wording:
    """Subject, headline and the paragraphs below it; `lead` empty: the mail's own."""

    subject: str
    headline: str
    lead: str = ""


def problems(text: str, names: Sequence[str]) -> list[str]:
    """Return what is wrong with a text, in words; nothing for a good one."""
    unknown = sorted({name for name in _NAME.findall(text) if name not in names})
    found = [
        _("There is no {{ %(name)s }} here. Known: %(known)s.")
        % {"name": name, "known": ", ".join(names)}
        for name in unknown
    ]
    if _LEFT_OVER.search(_NAME.sub("", text)):
        found.append(_("Only names in double braces are replaced, like {{ name }}."))
    return found


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its names replaced."""
    return _NAME.sub(lambda found: values.get(found[1], found[0]), text)


def worded(
    brand_id: str, kind: str, language: str, ours: Wording, values: Mapping[str, str]
) -> Wording:
    """Return the words of a mail: the brand's where it has some in this language, else ours."""
    rows = MailWording.objects.for_brand(brand_id).filter(kind=kind, language=language)
    row = read_once(("mail-wording", brand_id, kind, language), rows.first)
    return ours if row is None else of_row(row, ours, values)


def of_row(row: MailWording, ours: Wording, values: Mapping[str, str]) -> Wording:
    """Return the words of a row; an empty field keeps ours."""
    return replace(
        ours,
        subject=fill(row.subject, values) or ours.subject,
        headline=fill(row.headline, values) or ours.headline,
        lead=fill(row.text, values) or ours.lead,
    )

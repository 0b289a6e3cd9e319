"""A brand's own layout of its mails: a header, a footer, the ground, or the whole frame.

A frame is HTML and no program: names in double braces are replaced by escaped values, and what
could run, load unseen or send something is cut away before it is kept.
"""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Final, override

import nh3
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned
from showfloor.kernel.batch_reads import read_once

_MAIL: Final = re.compile(r"\{\{\s*content\s*\}\}")
CONTENT: Final = "content"  # the name that the mail itself takes the place of
NAMES: Final = (CONTENT, "brand", "home", "logo", "header", "footer")
FRAME_CHARS_MAX: Final = 20_000
_NAME: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_TAGS: Final = {
    "a", "b", "blockquote", "br", "center", "div", "em", "h1", "h2", "h3", "hr", "i", "img", "li",
    "ol", "p", "small", "span", "strong", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "u", "ul",
}  # fmt: skip
_ATTRIBUTES: Final = {
    "*": {"style", "align", "valign", "width", "height", "bgcolor", "dir", "lang", "role"},
    "a": {"href", "title"}, "img": {"src", "alt"},
    "table": {"cellpadding", "cellspacing", "border"}, "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}  # fmt: skip
_STYLES: Final = {
    "background", "background-color", "border", "border-bottom", "border-collapse", "border-color",
    "border-left", "border-radius", "border-right", "border-spacing", "border-style", "border-top",
    "border-width", "color", "direction", "display", "font", "font-family", "font-size",
    "font-style", "font-weight", "height", "letter-spacing", "line-height", "margin",
    "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width", "min-width",
    "padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align",
    "text-decoration", "text-transform", "vertical-align", "white-space", "width",
}  # fmt: skip


def harmless(html: str) -> str:
    """Return the HTML of a frame with nothing but text, pictures, links and their looks."""
    return nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto", "tel"},
        filter_style_properties=_STYLES, link_rel="noopener noreferrer",
    )  # fmt: skip


class _Attributes(HTMLParser):
    """Finds the first attribute of a frame in which the mail would stand."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: tuple[str, str, int] | None = None  # tag, attribute, line
        self.feed(html)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if self.found is None and _MAIL.search(f"{name} {value or ''}"):
                self.found = tag, name, self.getpos()[0]


def _check_frame(html: str) -> None:
    """ValidationError for a frame without its mail, with the mail in an attribute, or with a name
    that there is not."""
    if not html.strip():
        return
    if (inside := _Attributes(html).found) is not None:
        tag, attribute, line = inside
        raise ValidationError(
            gettext(
                "{{ content }} stands in “%(attribute)s” of <%(tag)s> in line %(line)d. The mail is"
                " HTML of its own: put it between two tags."
            )
            % {"attribute": attribute, "tag": tag, "line": line}
        )
    found = _NAME.findall(harmless(html))
    unknown = sorted({name for name in found if name not in NAMES})
    if unknown:
        raise ValidationError(
            gettext("There is no {{ %(name)s }} here. Known: %(known)s.")
            % {"name": unknown[0], "known": ", ".join(NAMES)}
        )
    if found.count(CONTENT) != 1:
        raise ValidationError(gettext("The frame needs {{ content }} once: the mail stands there."))


class MailLayout(BrandOwned):
    """The layout of a brand's mails; without a row they have the one that comes with Showfloor."""

    header = models.TextField(
        _("above the mail"), max_length=500, blank=True, help_text=_("Text; in both forms.")
    )
    footer = models.TextField(
        _("below the mail"), max_length=1500, blank=True,
        help_text=_("Text, for example what the law asks of business letters; in both forms."),
    )  # fmt: skip
    ground = models.CharField(
        _("colour of the ground"), max_length=7, blank=True,
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("A colour like #f4f1ee."))],
    )  # fmt: skip
    frame = models.TextField(
        _("own frame, HTML"), max_length=FRAME_CHARS_MAX, blank=True, validators=[_check_frame],
        help_text=_("In place of ours. Empty: ours, with what is entered above."),
    )  # fmt: skip

    class Meta(BrandOwned.Meta):
        verbose_name = _("layout of mails")
        verbose_name_plural = _("layouts of mails")
        constraints = [models.UniqueConstraint(fields=["brand"], name="mail_layout_once")]

    @override
    def __str__(self) -> str:
        return gettext("own frame") if self.frame else gettext("our frame")

    def around(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Return the own frame's HTML before and after the mail; empty without one."""
        html = harmless(self.frame)
        parts = _MAIL.split(html, maxsplit=1)
        if len(parts) != 2 or _Attributes(html).found is not None:  # saved by an earlier version
            return "", ""
        known = {**values, "header": self.header, "footer": self.footer}

        def filled(text: str) -> str:
            lines = {name: escape(value).replace("\n", "<br>") for name, value in known.items()}
            return _NAME.sub(lambda found: lines.get(found[1], ""), text)

        return filled(parts[0]), filled(parts[1])


def of(brand_id: str | None) -> MailLayout | None:
    """Return the layout of a brand, which a batch of mails reads once."""
    if not brand_id:
        return None
    rows = MailLayout.objects.for_brand(brand_id)
    return read_once(("mail-layout", brand_id), rows.first)


def in_text(brand_id: str | None, text: str) -> str:
    """Return a mail's plain text with the brand's header and footer around it."""
    layout = of(brand_id)
    if layout is None:
        return text
    header, footer = layout.header.strip(), layout.footer.strip()
    begin = f"{header}\n\n{text}" if header else text
    return f"{begin.rstrip()}\n\n{footer}\n" if footer else begin

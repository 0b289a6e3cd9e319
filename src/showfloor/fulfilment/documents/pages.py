"""The pages of a printable document as PDF: fonts, head, tables, page numbers.

The same content gives the same bytes: dates come from the content, not from the clock.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import Final, override
from xml.sax.saxutils import escape

from fpdf import FPDF
from fpdf.enums import Align, VAlign, XPos, YPos
from fpdf.fonts import FontFace

from showfloor.fulfilment.documents.paper import Column, FileInfo
from showfloor.kernel import fonts

logging.getLogger("fontTools").setLevel(logging.WARNING)  # forty lines for each file otherwise

MARGIN_MM: Final = 20
TEXT_PT: Final = 9.5
SMALL_PT: Final = 8
TITLE_PT: Final = 20
LINE_MM: Final = 4.8
_GREY: Final = (98, 87, 76)
_INK: Final = (31, 27, 24)
_RULE: Final = (214, 206, 199)

_XMP: Final = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF \
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">\
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>\
<rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>\
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator></rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" \
xmp:CreateDate="{made}" xmp:ModifyDate="{made}" xmp:MetadataDate="{made}"/>
{more}</rdf:RDF></x:xmpmeta>"""


class Paper(FPDF):
    """Pages of DIN A4 that conform to PDF/A-3B."""

    def __init__(self, info: FileInfo, texts: Iterable[str]) -> None:
        """`texts`: all that will be written, by which the fonts are chosen."""
        super().__init__(format="A4", enforce_compliance="PDF/A-3B")
        self._info = info
        self._accent = tuple(int(info.accent[n : n + 2], 16) for n in (1, 3, 5))
        self.set_creation_date(info.made_at)
        self.set_title(info.title)
        self.set_author(info.author)
        self.set_lang(info.language)
        stamp = info.made_at.isoformat(timespec="seconds")
        self.set_xmp_metadata(
            _XMP.format(
                title=escape(info.title), author=escape(info.author), made=stamp, more=info.xmp
            )
        )
        self.add_font(fonts.FAMILY, "", fonts.path(fonts.REGULAR))
        self.add_font(fonts.FAMILY, "B", fonts.path(fonts.BOLD))
        more = fonts.needed([info.title, info.author, info.footer, *texts])
        for fallback in more:
            self.add_font(fallback.family, "", fonts.path(fallback.source))
        if more:
            self.set_fallback_fonts([one.family for one in more], exact_match=False)
            self.set_text_shaping(use_shaping_engine=True)
        self.set_margins(MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=28)
        self.alias_nb_pages()
        self.add_page()

    @override
    def header(self) -> None:
        self.set_fill_color(*self._accent)
        self.rect(0, 0, self.w, 2.5, style="F")
        self.set_y(MARGIN_MM - 6)

    @override
    def footer(self) -> None:
        self.set_y(-24)
        self.set_draw_color(*_RULE)
        self.line(self.l_margin, self.y, self.w - self.r_margin, self.y)
        self.ln(1.5)
        self._face(SMALL_PT, _GREY)
        width = self.epw - 22
        self.multi_cell(width, 3.6, self._info.footer, align=Align.L, new_y=YPos.TOP)
        self.set_xy(self.w - self.r_margin - 22, -22.5)
        self.cell(22, 3.6, f"{self.page_no()} / {{nb}}", align=Align.R)

    def _face(self, size: float, colour: tuple[int, int, int] = _INK, style: str = "") -> None:
        self.set_font(fonts.FAMILY, style, size)
        # A text in a fallback font leaves the page in another font than the library believes.
        self.current_font_is_set_on_page = False
        self.set_text_color(*colour)

    def brand_line(self, brand: str) -> None:
        """Write the brand's name at the top of the first page."""
        self._face(11, _GREY, "B")
        self.cell(0, 7, brand, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(5)

    def heading(self, text: str, size: float = TITLE_PT) -> None:
        self._face(size, style="B")
        self.multi_cell(0, size / 2.2, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def text_block(self, text: str, *, small: bool = False, bold: bool = False) -> None:
        self._face(SMALL_PT if small else TEXT_PT, _GREY if small else _INK, "B" if bold else "")
        self.multi_cell(0, LINE_MM, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def beside(self, left: str, right: Sequence[tuple[str, str]]) -> None:
        """Write a block of lines at the left, and labelled values at the right."""
        top = self.y
        self._face(TEXT_PT)
        self.multi_cell(85, LINE_MM, left, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        bottom = self.y
        self.set_y(top)
        for label, value in right:
            self.set_x(115)
            self._face(TEXT_PT, _GREY)
            self.cell(32, LINE_MM, label)
            self._face(TEXT_PT)
            self.multi_cell(
                self.w - self.r_margin - 147, LINE_MM, value, align=Align.R,
                new_x=XPos.LMARGIN, new_y=YPos.NEXT,
            )  # fmt: skip
        self.set_y(max(bottom, self.y) + 6)

    def rows(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """Write a table whose head stands on every page."""
        self._face(TEXT_PT)
        self.set_draw_color(*_RULE)
        head = FontFace(emphasis="B", color=_GREY, size_pt=SMALL_PT)
        with self.table(
            col_widths=[one.width for one in columns], borders_layout="HORIZONTAL_LINES",
            headings_style=head, line_height=LINE_MM, padding=(1.2, 1),
            v_align=VAlign.T, text_align=[Align.R if one.is_number else Align.L for one in columns],
        ) as table:  # fmt: skip
            table.row([one.title for one in columns])
            for row in rows:
                table.row(row)
        self.ln(3)

    def squares(self, rows: Sequence[Sequence[bool]], size_mm: float) -> None:
        """Draw a code of dark squares below what was written."""
        side, left = size_mm / len(rows), self.l_margin + self.c_margin
        with self.local_context(fill_color=_INK):
            for down, row in enumerate(rows):
                for right, is_dark in enumerate(row):
                    if is_dark:
                        self.rect(left + right * side, self.y + down * side, side, side, "F")
        self.set_y(self.y + size_mm + 4)

    def sums(self, rows: Sequence[tuple[str, str]], *, last_bold: bool = True) -> None:
        """Write labels and amounts at the right margin; the last row is the result."""
        if self.y + len(rows) * 6 > self.page_break_trigger:
            self.add_page()
        for place, (label, amount) in enumerate(rows):
            bold = last_bold and place == len(rows) - 1
            self.set_x(100)
            self._face(TEXT_PT + (1.5 if bold else 0), _INK if bold else _GREY, "B" * bold)
            self.cell(self.w - self.r_margin - 100 - 40, 6, label)
            self._face(TEXT_PT + (1.5 if bold else 0), style="B" * bold)
            self.cell(40, 6, amount, align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(3)

    def bytes_of(self) -> bytes:
        return bytes(self.output())

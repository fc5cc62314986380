"""A table on landscape A4 pages, in any of the desks' languages."""

import io
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

# One of the fonts that PDF readers bring along for Chinese; it has Latin letters too, and no file of it is needed here.
FONT = "STSong-Light"
_MARGIN = 15 * mm


def table(said: Sequence[str], heads: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float]) -> bytes:
    """said: lines above the table, the first its title. widths: of the columns, in millimetres."""
    plain, small, title = _styles()
    lines = [Paragraph(escape(each), title if at == 0 else plain) for at, each in enumerate(said)]
    cells = [[Paragraph(escape(each), small) for each in row] for row in (heads, *rows)]
    grid = LongTable(cells, colWidths=[width * mm for width in widths], repeatRows=1)
    grid.setStyle(TableStyle([
        ("GRID", (0, 0), (-1, -1), 0.25, colors.grey),
        ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]))  # fmt: skip
    made = io.BytesIO()
    # invariant: the same rows give the same bytes.
    document = SimpleDocTemplate(
        made, pagesize=landscape(A4), title=said[0], leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN,
        bottomMargin=_MARGIN, invariant=1,
    )  # fmt: skip
    document.build([*lines, Spacer(1, 4 * mm), grid])
    return made.getvalue()


@cache
def _styles() -> tuple[ParagraphStyle, ParagraphStyle, ParagraphStyle]:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    plain = ParagraphStyle("plain", fontName=FONT, fontSize=10, leading=14, wordWrap="CJK")
    small = ParagraphStyle("small", parent=plain, fontSize=8, leading=10)
    return plain, small, ParagraphStyle("title", parent=plain, fontSize=14, leading=20)

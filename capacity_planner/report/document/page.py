"""A Word document with the few things that a planning note needs; Chinese and Latin fonts by style."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from capacity_planner.report.document.columns import column_widths

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from capacity_planner.texts import Lang

__all__ = ["Note"]

_BODY: Final = {"zh": ("Times New Roman", "仿宋", 12), "en": ("Calibri", "仿宋", 10.5)}
_HEADS: Final = {"zh": ("Arial", "黑体"), "en": ("Calibri", "黑体")}
_HEAD_SIZES: Final = {"Title": 20, "Heading 1": 15, "Heading 2": 12.5, "Caption": 9.5}
_INK: Final = RGBColor(0x1F, 0x3A, 0x5F)
_ALARM: Final = RGBColor(0x9C, 0x2A, 0x00)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_SHORT_MM, _LONG_MM, _SIDE_MM = 210, 297, 25
_TWIPS_PER_MM: Final = 56.7


def _xml_text(text: object) -> str:
    """Return text as XML holds it; what XML cannot hold is left out."""
    kept = (char for char in str(text) if char.isprintable() or char in "\t\u3000")
    return escape("".join(kept))


class Note:
    """A document being written from top to bottom.

    Parameters
    ----------
    title
        Title of the document.
    lang
        Language of its words.
    when
        Date that stands in the file's properties in place of the clock.
    wide
        Whether pages lie on their side, for a table of many columns.
    """

    def __init__(self, *, title: str, lang: Lang, when: date, wide: bool = False) -> None:
        self.lang = lang
        self._room_mm = (_LONG_MM if wide else _SHORT_MM) - 2 * _SIDE_MM
        self._file: Any = Document()
        self._set_styles()
        section = self._file.sections[0]
        section.page_width, section.page_height = Mm(_SHORT_MM), Mm(_LONG_MM)
        if wide:
            section.orientation = WD_ORIENT.LANDSCAPE
            section.page_width, section.page_height = Mm(_LONG_MM), Mm(_SHORT_MM)
        section.left_margin = section.right_margin = Mm(_SIDE_MM)
        section.top_margin = section.bottom_margin = Mm(22)
        properties = self._file.core_properties
        moment = datetime.combine(when, time())
        properties.title, properties.author = title, "capacity_planner"
        properties.comments = ""
        properties.created = properties.modified = moment
        self._file.add_paragraph(title, style="Title").alignment = WD_ALIGN_PARAGRAPH.CENTER

    @property
    def _table_width(self) -> str:
        """The width of a table over the whole page: programs differ in what they make of none."""
        return f"<w:tblW w:w='{_twips(self._room_mm)}' w:type='dxa'/>"

    def _set_styles(self) -> None:
        styles = self._file.styles
        _set_languages(self._file)
        latin, chinese, size = _BODY[self.lang]
        _set_font(styles["Normal"], latin, chinese, size)
        styles["Normal"].paragraph_format.line_spacing = 1.25
        styles["Normal"].paragraph_format.space_after = Pt(4)
        latin, chinese = _HEADS[self.lang]
        for name, points in _HEAD_SIZES.items():
            style = styles[name]
            _set_font(style, latin, chinese, points)
            style.font.color.rgb = _INK
            style.font.bold = True
            style.paragraph_format.space_before = Pt(10)
            style.paragraph_format.space_after = Pt(4)
            style.paragraph_format.keep_with_next = name != "Caption"

    def set_page_texts(self, *, head: str, foot: str) -> None:
        """Set what stands at the top and bottom of every page; the page number follows the foot."""
        section = self._file.sections[0]
        for part, text in ((section.header, head), (section.footer, foot)):
            line = part.paragraphs[0]
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            run = line.add_run(text)
            run.font.size = Pt(8.5)
        number = (
            f'<w:fldSimple {nsdecls("w")} w:instr=" PAGE "><w:r><w:rPr><w:sz w:val="17"/></w:rPr>'
            "<w:t>1</w:t></w:r></w:fldSimple>"
        )
        line.add_run("　")
        line._p.append(parse_xml(number))  # noqa: SLF001 (python-docx has no fields)

    def heading(self, text: str, level: int = 1) -> None:
        """Add a heading."""
        self._file.add_paragraph(_plain(text), style=f"Heading {level}")

    def say(self, *sentences: str) -> None:
        """Add one paragraph of the sentences; in Chinese its first line is indented."""
        gap = "" if self.lang == "zh" else " "
        paragraph = self._file.add_paragraph(gap.join(map(_plain, sentences)))
        if self.lang == "zh":
            _indent(paragraph)

    def alarm(self, text: str) -> None:
        """Add a paragraph that nobody overlooks."""
        run = self._file.add_paragraph().add_run(_plain(text))
        run.bold = True
        run.font.color.rgb = _ALARM

    def points(self, texts: Iterable[str]) -> None:
        """Add a list."""
        for text in texts:
            self._file.add_paragraph(_plain(text), style="List Bullet")

    def caption(self, text: str, *, above: bool = True) -> None:
        """Add a caption: above a table, with which it stays, or below a picture."""
        paragraph = self._file.add_paragraph(_plain(text), style="Caption")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = above

    def picture(self, png: bytes, *, width_mm: float) -> None:
        """Add a picture in the middle of the page."""
        self._file.add_picture(io.BytesIO(png), width=Mm(width_mm))
        self._file.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER

    def beside(self, png: bytes, sentences: Sequence[str], *, width_mm: float) -> None:
        """Add a picture with sentences to its right, kept together on one page."""
        left = _twips(width_mm + 4)
        right = _twips(self._room_mm) - left
        texts = "".join(_paragraph(each, size=19) for each in sentences)
        table = parse_xml(
            f"<w:tbl {nsdecls('w')}><w:tblPr>{self._table_width}<w:tblLayout w:type='fixed'/>{_NO_MARGINS}"
            f"</w:tblPr>"
            f"<w:tblGrid><w:gridCol w:w='{left}'/><w:gridCol w:w='{right}'/></w:tblGrid>"
            f"<w:tr><w:trPr><w:cantSplit/></w:trPr>"
            f"<w:tc><w:tcPr><w:tcW w:w='{left}' w:type='dxa'/></w:tcPr><w:p/></w:tc>"
            f"<w:tc><w:tcPr><w:tcW w:w='{right}' w:type='dxa'/></w:tcPr>{texts or '<w:p/>'}</w:tc>"
            "</w:tr></w:tbl>"
        )
        self._add(table)
        place = self._file.add_paragraph()
        place.add_run().add_picture(io.BytesIO(png), width=Mm(width_mm))
        # The picture is made where python-docx can make it and then moved into the cell.
        drawn = place._p.r_lst[0]  # noqa: SLF001
        for inline in drawn.iter(qn("wp:inline")):
            for side in "TBLR":  # what is not said is an eighth of an inch to some programs
                inline.set(f"dist{side}", "0")
        table.find(qn("w:tr")).find(qn("w:tc")).find(qn("w:p")).append(drawn)
        place._p.getparent().remove(place._p)  # noqa: SLF001
        self._file.add_paragraph().paragraph_format.space_after = Pt(0)

    def table(
        self,
        heads: Sequence[str],
        rows: Iterable[Sequence[object]],
        *,
        numbers: Sequence[int] = (),
        small: bool = False,
        last_is_total: bool = False,
    ) -> None:
        """Add a table whose head repeats on every page and whose columns fit what they hold.

        Parameters
        ----------
        heads
            One a column.
        rows
            Cells; whole numbers get thousands separators, ``None`` stays empty.
        numbers
            Columns that are set to the right.
        small
            Whether the letters are those of an annex.
        last_is_total
            Whether the last row is set in bold.
        """
        shown = [[_shown(value) for value in row] for row in rows]
        size = _SMALL if small else _TABLE
        twips = column_widths(heads, shown, room=_twips(self._room_mm), half_points=size)
        grid = "".join(f"<w:gridCol w:w='{each}'/>" for each in twips)
        head = "".join(
            _cell(_paragraph(text, bold=True, centred=True, size=size), width, shade="DCE3EC")
            for text, width in zip(heads, twips, strict=True)
        )
        body = "".join(
            "<w:tr><w:trPr><w:cantSplit/></w:trPr>"
            + "".join(
                _cell(
                    _paragraph(
                        text,
                        right=place in numbers,
                        size=size,
                        bold=last_is_total and at == len(shown) - 1,
                    ),
                    width,
                )
                for place, (text, width) in enumerate(zip(row, twips, strict=True))
            )
            + "</w:tr>"
            for at, row in enumerate(shown)
        )
        self._add(
            parse_xml(
                f"<w:tbl {nsdecls('w')}><w:tblPr>{self._table_width}{_BORDERS}<w:tblLayout w:type='fixed'/>"
                f"{_MARGINS}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
                f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>{body}</w:tbl>"
            )
        )
        self._file.add_paragraph().paragraph_format.space_after = Pt(0)

    def page_break(self) -> None:
        """Start a new page."""
        self._file.add_page_break()

    def _add(self, element: Any) -> None:  # noqa: ANN401 (an lxml element)
        body = self._file.element.body
        body.insert(len(body) - 1, element)  # the last one is the section's set-up

    def save(self, path: Path) -> Path:
        """Write the file with fixed times in its archive, so that equal notes give equal bytes."""
        held = io.BytesIO()
        self._file.save(held)
        with (
            zipfile.ZipFile(held) as loose,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as fixed,
        ):
            for name in sorted(loose.namelist(), key=lambda each: (each[0] != "[", each)):
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                fixed.writestr(entry, loose.read(name))
        return path


_BORDERS: Final = (
    "<w:tblBorders>"
    + "".join(
        f"<w:{side} w:val='single' w:sz='4' w:color='9AA5B1'/>"
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    + "</w:tblBorders>"
)


_MARGIN: Final = 60
"""Room left and right of a cell's text, in twips."""
_MARGINS: Final = (
    f"<w:tblCellMar><w:left w:w='{_MARGIN}' w:type='dxa'/>"
    f"<w:right w:w='{_MARGIN}' w:type='dxa'/></w:tblCellMar>"
)
_NO_MARGINS: Final = (
    "<w:tblCellMar><w:left w:w='0' w:type='dxa'/><w:right w:w='0' w:type='dxa'/></w:tblCellMar>"
)
_TABLE: Final = 17
_SMALL: Final = 15


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isprintable() or char == "\u3000")


def _twips(millimetres: float) -> int:
    return round(millimetres * _TWIPS_PER_MM)


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)


def _paragraph(
    text: str, *, bold: bool = False, centred: bool = False, right: bool = False, size: int = _TABLE
) -> str:
    """Return a paragraph's XML; size in half points."""
    place = "center" if centred else "right" if right else "left"
    weight = "<w:b/>" if bold else ""
    return (
        f"<w:p><w:pPr><w:spacing w:before='10' w:after='30' w:line='250' w:lineRule='auto'/>"
        f"<w:jc w:val='{place}'/></w:pPr><w:r><w:rPr>{weight}<w:sz w:val='{size}'/></w:rPr>"
        f"<w:t xml:space='preserve'>{_xml_text(text)}</w:t></w:r></w:p>"
    )


def _cell(content: str, width: int, *, shade: str = "") -> str:
    fill = f"<w:shd w:val='clear' w:fill='{shade}'/>" if shade else ""
    return f"<w:tc><w:tcPr><w:tcW w:w='{width}' w:type='dxa'/>{fill}</w:tcPr>{content}</w:tc>"


def _set_font(style: Any, latin: str, chinese: str, size: float) -> None:  # noqa: ANN401
    style.font.name, style.font.size = latin, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), chinese)
    fonts.set(qn("w:hAnsi"), latin)


def _set_languages(file: Any) -> None:  # noqa: ANN401 (a python-docx document)
    """Say that Chinese text is simplified Chinese: programs choose fonts and punctuation by it."""
    for language in file.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    for language in file.settings.element.iter(qn("w:themeFontLang")):
        language.set(qn("w:eastAsia"), "zh-CN")


def _indent(paragraph: Any) -> None:  # noqa: ANN401
    """Indent the first line by two characters, whatever their size."""
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()  # noqa: SLF001
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), "480")

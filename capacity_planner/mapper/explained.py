"""A derivation as a page of its own, to be sent with a reply or put on file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from capacity_planner.explanation import tell_choices
from capacity_planner.mapper.page import embed_text
from capacity_planner.policy import announce
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity_planner.assessment import Gaps
    from capacity_planner.explanation import Explanation
    from capacity_planner.texts import Lang

__all__ = ["derivation_page"]

_STYLE: Final = (
    "body{font:16px/1.7 'Noto Sans CJK SC','Microsoft YaHei',sans-serif;max-width:46em;margin:2em auto;"
    "padding:0 1em;color:#1c232d}h1{font-size:1.35em}li{margin:.35em 0}"
    ".notice{font-weight:bold;color:#9c2a00}footer{color:#555;font-size:.85em;margin-top:2em}"
    "@media print{body{margin:0}}"
)
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def derivation_page(found: Explanation, gaps: Gaps, lang: Lang) -> str:
    """Return a derivation as an HTML page without scripts that fetches nothing.

    Parameters
    ----------
    found
        From :mod:`capacity_planner.explanation`.
    gaps
        The result that it explains.
    lang
        Language of the page.

    Returns
    -------
    str
        The page; everything from data is escaped.
    """
    lines = [line.text(lang) for line in found.lines]
    source = gaps.county.source
    place = source.name if lang == "zh" else source.name_en
    title = label("explained.title", lang, id=found.id, place=place, as_of=gaps.as_of.isoformat())
    ratios = [each for each in gaps.standings if each.rule.kind == "ratio"]
    notices = list(announce(ratios, lang))
    if source.demonstration:
        notices.append(
            f"※ {label('notice.demonstration', 'zh')} / {label('notice.demonstration', 'en')}"
        )
    return _page(title, lines, notices, tell_choices(gaps, lang), lang)


def _page(title: str, lines: Sequence[str], notices: Sequence[str], foot: str, lang: Lang) -> str:
    said = "\n".join(f"<li>{embed_text(each)}</li>" for each in lines[1:])
    alarms = "\n".join(f'<p class="notice">{embed_text(each)}</p>' for each in notices)
    return (
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n'
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{embed_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{embed_text(lines[0] if lines else title)}</h1>\n{alarms}\n<ol>\n{said}\n</ol>\n"
        f"</main>\n<footer>{embed_text(title)}<br>{embed_text(foot)}</footer>\n</body>\n</html>\n"
    )

"""Write ``docs/complaints.md`` from the catalogue: every complaint, its severity and its remedy.

``python scripts/make_complaints_doc.py`` writes the page; a test fails where page and catalogue
differ.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parents[1]
CATALOGUE = FOLDER / "capacity_planner" / "texts" / "complaints"
PAGE = FOLDER / "docs" / "complaints.md"
HEAD = """# 提示一览 · Complaints

程序对输入数据提出的每一条提示都有固定的代码，列在 `complaints.csv` 和控制台里。**error** 结束运行，不写任何结果；**repaired** 已按下表处理，原值一并列出；**warning** 请核对（`--strict` 时与 error 相同）。花括号里的词在运行时填入。

Everything that the tool has to say about its input bears one of these codes, in `complaints.csv` and on the console. **error** ends the run before anything is written; **repaired** was mended as told, with the raw value; **warning** asks you to look (with `--strict` it counts as an error). Words in braces are filled in.

本页由 `scripts/make_complaints_doc.py` 生成，请勿手改。 This page is generated: do not edit it.
"""
TITLES = {
    "common": "通用 · Everywhere",
    "files": "文件 · Files",
    "tables": "表格与列名 · Tables and headings",
    "values": "单元格的值 · Values in cells",
    "settle": "类别与人口 · Categories and populations",
    "places": "坐标 · Coordinates",
    "geometry": "图形 · Shapes",
    "joins": "对应关系 · Joins",
    "consistency": "互相核对 · Consistency",
    "settings": "设置文件 · Settings",
    "county": "county.toml",
    "policy": "政策文件 · Policy files",
}


def page() -> str:
    """Return the page's text."""
    sources = sorted(CATALOGUE.glob("*.toml"), key=lambda each: (_rank(each.stem), each.stem))
    parts = [HEAD]
    for source in sources:
        entries = tomllib.loads(source.read_text(encoding="utf-8"))
        parts.append(f"## {TITLES.get(source.stem, source.stem)}\n")
        for code, entry in entries.items():
            parts.append(_entry(code, entry))
    return "\n".join(parts)


def _rank(stem: str) -> int:
    names = list(TITLES)
    return names.index(stem) if stem in names else len(names)


def _entry(code: str, entry: dict[str, str]) -> str:
    lines = [f"### {code}\n", f"**{entry['severity']}**\n"]
    for lang in ("zh", "en"):
        text = f"{entry[lang]} {entry.get(f'remedy_{lang}', '')}".strip()
        lines.append(f"- {_plain(text)}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Return text that Markdown leaves alone."""
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", " ".join(text.split()))


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    print(PAGE)


if __name__ == "__main__":
    main()

"""Write the reference pages of ``docs/`` that are made from the code: tables, commands, rules.

Run after changing a table, a command or a rule; a test holds pages and code together.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from capacity_planner.cli.app import COMMANDS, plan_gaps
from capacity_planner.policy import load_choices, load_policy
from capacity_planner.schemas import INPUT_TABLES, OUTPUT_TABLES, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DOCS: Final = Path(__file__).parents[1] / "docs" / "reference"
AS_OF: Final = date(2025, 12, 31)


def tables_page() -> str:
    """Return the page of the tables that go in and come out."""
    parts = [
        "# Tables",
        "",
        "Made by `scripts/make_docs.py` from `capacity_planner/schemas.py`.",
        "",
        "Kinds: *id*, *text*, *count* (whole, ≥ 0), *number*, *date*, *yes_no*, *one_of*, *geometry*.",
        "Columns in bold must be there.",
    ]
    parts += _tables("In: what a county sends 输入", INPUT_TABLES)
    parts += _tables("Out: what a run writes 输出", OUTPUT_TABLES)
    return "\n".join(parts) + "\n"


def _tables(title: str, tables: Mapping[str, Table]) -> Iterable[str]:
    yield from ("", f"## {title}")
    for table in tables.values():
        yield from (
            "",
            f"### {table.name}",
            "",
            "| column | kind | unit | words |",
            "|---|---|---|---|",
        )
        for column in table.columns:
            name = f"**{column.name}**" if column.required else column.name
            yield f"| {name} | {column.kind} | {column.unit} | {', '.join(column.values)} |"


def commands_page() -> str:
    """Return the page of the commands, each with its own help."""
    parts = ["# Commands", "", "Made by `scripts/make_docs.py` from the commands' own help."]
    # With the command's own settings: click keeps the help option of whoever asked first.
    main = click.Context(
        plan_gaps, info_name="plan-gaps", terminal_width=96, **plan_gaps.context_settings
    )
    shown = {"plan-gaps": plan_gaps.get_help(main)}
    for name in sorted(COMMANDS):
        command = plan_gaps.get_command(main, name)
        if command is not None:
            context = click.Context(command, info_name=name, parent=main, terminal_width=96)
            shown[f"plan-gaps {name}"] = command.get_help(context)
    for name, text in shown.items():
        parts += ["", f"## {name}", "", "```text", text, "```"]
    return "\n".join(parts) + "\n"


def rules_page() -> str:
    """Return the page of the rules at a date and of the choices that they leave open."""
    parts = [
        "# Rules and choices",
        "",
        "Made by `scripts/make_docs.py`; `plan-gaps rules --as-of DATE` prints it for any day.",
        f"Standing here: {AS_OF}.",
        "",
        "| rule | value | unit | from | until (no longer in force on) | standing | citation | text | conf. |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for each in load_policy("dazhu-2021-57").register(AS_OF):
        rule = each.rule
        cells = (
            f"`{rule.id}`",
            "" if rule.value is None else str(rule.value),
            rule.unit,
            rule.from_date.isoformat(),
            "" if rule.until is None else rule.until.isoformat(),
            each.standing,
            each.citation("zh"),
            f"{rule.zh}<br>{rule.en}",
            rule.confidence,
        )
        parts.append(f"| {' | '.join(cells)} |")
    parts += ["", "## Choices", "", "| choice | default | question | why |", "|---|---|---|---|"]
    for choice in load_choices().values():
        default = "none" if choice.default is None else str(choice.default)
        question = f"{choice.title('zh')}<br>{choice.title('en')}"
        why = f"{choice.reason('zh')}<br>{choice.reason('en')}"
        parts.append(f"| `{choice.id}` | {default} | {question} | {why} |")
    return "\n".join(parts) + "\n"


PAGES: Final = {"tables.md": tables_page, "commands.md": commands_page, "rules.md": rules_page}


def main() -> None:
    """Write every page."""
    DOCS.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8", newline="\n")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()

"""The lines of ``plan-gaps explain`` as a page carries them: sentences once, values per zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capacity_planner.explanation import Word
from capacity_planner.texts import LANGUAGES, load_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from capacity_planner.explanation import Explanation, Value

__all__ = ["derivation_table"]


def derivation_table(explanations: Iterable[Explanation]) -> dict[str, Any]:
    """Return derivations compactly.

    Parameters
    ----------
    explanations
        In the order of the page's rows.

    Returns
    -------
    dict
        ``sentences``: the templates by language; ``names``: the values that each one names;
        ``words``: catalogue words by language; ``lines``: for each row a list of
        ``[sentence, value, …]``, a value ``[k]`` standing for word ``k``.
    """
    sentences: dict[tuple[str, tuple[str, ...]], int] = {}
    words: dict[str, int] = {}

    def said(value: Value) -> object:
        if isinstance(value, Word):
            return [words.setdefault(str(value), len(words))]
        return value if isinstance(value, int) else str(value)

    lines = [
        [
            [
                sentences.setdefault((line.key, tuple(line.params)), len(sentences)),
                *map(said, line.params.values()),
            ]
            for line in explanation.lines
        ]
        for explanation in explanations
    ]
    labels = load_catalogue("labels")
    return {
        "sentences": {lang: [labels[key][lang] for key, _ in sentences] for lang in LANGUAGES},
        "names": [names for _, names in sentences],
        "words": {lang: [labels[key][lang] for key in words] for lang in LANGUAGES},
        "lines": lines,
    }

"""Cross-references of docstrings on the documentation site: the name alone, without its role."""

from __future__ import annotations

import re
from typing import Final

_ROLE: Final = re.compile(r":(?:func|class|mod|meth|data|attr): ?<code>~?([\w.]+)</code>")


def on_page_content(html: str, **_: object) -> str:
    """Return a page with ``:func:`~a.b.c``` shown as ``a.b.c``.

    Examples
    --------
    >>> on_page_content(":func:<code>~a.b</code>")
    '<code>a.b</code>'
    """
    return _ROLE.sub(r"<code>\1</code>", html)

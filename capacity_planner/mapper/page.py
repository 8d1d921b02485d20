"""One page in one file, built on Folium: scripts, styles and data within, nothing to fetch.

Folium lays out the map; what it would fetch is replaced by the vendored text. Data never pass
through its templates (branca treats every string as a Jinja template): they are put into the
finished page as JSON, by :func:`embed_json`, the one function that data go through on their way
into HTML. A Content-Security-Policy with the hash of each script and style stands first in the
head, and a page in which any address is left is refused.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import folium
from branca.element import Figure, MacroElement
from folium.template import Template

from capacity_planner.errors import OutputError
from capacity_planner.mapper.vendored import (
    LEAFLET_CSS,
    LEAFLET_JS,
    asset,
    page_body,
    page_script,
    page_style,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capacity_planner.mapper.basemap import BaseMap

__all__ = ["ReviewMap", "embed_json", "embed_text", "find_addresses"]

_PLACE: Final = re.compile(r"<!--put:(\w+)-->")
_FETCHED_SCRIPT: Final = re.compile(r'<script src="([^"]*)"></script>')
_FETCHED_STYLE: Final = re.compile(r'<link rel="stylesheet" href="([^"]*)"\s*/?>')
_INLINE: Final = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
_ADDRESS: Final = re.compile(
    r"""[a-z][a-z0-9+.-]*://[^\s"'<>)]*"""
    r"""|(?:src|href|action|poster|srcset)\s*=\s*["']?\s*//[^\s"'>]*"""
    r"""|\burl\(\s*["']?(?!data:|#)[^)]*\)|@import[^;]*""",
    re.IGNORECASE,
)
_ASSETS: Final = {LEAFLET_JS: "leaflet_script", LEAFLET_CSS: "leaflet_style"}
_NAMESPACE: Final = "http://www.w3.org/2000/svg"
_NEVER_IN_JSON: Final = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def embed_json(data: object) -> str:
    r"""Return data as JSON that is safe inside an HTML script element and in UTF-8.

    Parameters
    ----------
    data
        Anything that JSON holds; no NaN.

    Returns
    -------
    str
        One line without ``<``, ``>``, ``&`` and line separators.

    Examples
    --------
    >>> print(embed_json({"name": "</script>"}))
    {"name":"\u003c/script\u003e"}
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _NEVER_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def embed_text(text: str) -> str:
    """Return text that is safe between HTML tags and in attributes, and in UTF-8.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    str
        The text with entities; lone surrogates become ``?``.

    Examples
    --------
    >>> embed_text("<b> & 'c'")
    '&lt;b&gt; &amp; &#x27;c&#x27;'
    """
    return html.escape(text.encode("utf-8", "replace").decode("utf-8"), quote=True)


def find_addresses(page: str) -> list[str]:
    """Return what a browser might fetch, apart from the SVG namespace, which is a name only.

    Parameters
    ----------
    page
        HTML, CSS or script.

    Returns
    -------
    list of str
        Each address as it stands there.

    Examples
    --------
    >>> find_addresses('<img src="//a.example/b.png"><p>plain</p>')
    ['src="//a.example/b.png']
    """
    return [found for found in _ADDRESS.findall(page) if found != _NAMESPACE]


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def content_policy(page: str, picture_hosts: tuple[str, ...]) -> str:
    """Return the Content-Security-Policy that allows just the scripts and styles of the page."""
    kinds: dict[str, list[str]] = {"script": [], "style": []}
    for kind, text in _INLINE.findall(page):
        kinds[kind].append(_hash(text))
    return "; ".join(
        (
            "default-src 'none'",
            "script-src " + " ".join(dict.fromkeys(kinds["script"])),
            "style-src " + " ".join(dict.fromkeys(kinds["style"])),
            "img-src " + " ".join(("data:", *picture_hosts)),
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


class _Start(MacroElement):
    """Hands Folium's map over to the page script."""

    _template = Template(
        "{% macro script(this, kwargs) %}planGaps.start({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Start"


class _ReviewFigure(Figure):
    """The page around the map: title, policy, still markup, data, scripts."""

    _template = Template(
        "<!DOCTYPE html>\n"
        '<html lang="{{ this.lang }}">\n<head>\n<meta charset="utf-8">\n<!--put:policy-->\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        "<title><!--put:title--></title>\n"
        "{{ this.header.render(**kwargs) }}\n<style><!--put:style--></style>\n</head>\n"
        "<body>\n<!--put:body_before-->{{ this.html.render(**kwargs) }}<!--put:body_after-->\n"
        '<script type="application/json" id="page-data"><!--put:data--></script>\n'
        "<script><!--put:script--></script>\n"
        "<script>{{ this.script.render(**kwargs) }}</script>\n"
        "</body>\n</html>\n"
    )

    def __init__(
        self, *, title: str, lang: str, data: Mapping[str, Any], base: BaseMap | None
    ) -> None:
        super().__init__(height="720px")
        self._name = "ReviewFigure"
        self._page_title, self._data, self._base = title, data, base
        self.lang = "zh-CN" if lang == "zh" else "en"

    def render(self, **kwargs: object) -> str:
        """Return the whole page.

        Raises
        ------
        OutputError
            If any address is left in the page that nobody asked for.
        """
        before, after = page_body().split("<!--map-->")
        still = {
            "style": page_style(),
            "script": page_script(),
            "body_before": before,
            "body_after": after,
        }
        rendered = _inlined(super().render(**kwargs))
        left = [*find_addresses(rendered), *_addresses_in_still()]
        if left:
            raise OutputError.of("page_address_left", value=left[0], count=len(left))
        page = _fill(rendered, {**still, **_vendored()})
        hosts = self._base.hosts if self._base else ()
        policy = content_policy(page, hosts)
        return _fill(
            page,
            {
                "policy": f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
                "title": embed_text(self._page_title),
                "data": embed_json(self._data),
            },
        )


def _inlined(page: str) -> str:
    """Return the page with a place for each vendored script and style that it would fetch.

    Raises
    ------
    OutputError
        If it would fetch anything else.
    """

    def place(found: re.Match[str]) -> str:
        if found[1] not in _ASSETS:
            raise OutputError.of("page_address_left", value=found[1], count=1)
        kind = "script" if found[0].startswith("<script") else "style"
        return f"<{kind}><!--put:{_ASSETS[found[1]]}--></{kind}>"

    return _FETCHED_STYLE.sub(place, _FETCHED_SCRIPT.sub(place, page))


@cache
def _vendored() -> dict[str, str]:
    return {name: asset(path) for path, name in _ASSETS.items()}


@cache
def _addresses_in_still() -> tuple[str, ...]:
    """Return the addresses in what every page carries; looked for once, as it never changes."""
    still = (page_style(), page_script(), page_body(), *_vendored().values())
    return tuple(found for text in still for found in find_addresses(text))


def _fill(page: str, texts: Mapping[str, str]) -> str:
    """Return the page with its places filled in one pass, so that no text fills another's place."""
    return _PLACE.sub(lambda found: texts.get(found[1], found[0]), page)


class ReviewMap(folium.Map):
    """A Folium map that carries the review page within itself.

    Parameters
    ----------
    title
        Title of the page, plain text.
    lang
        Language that the page opens in.
    data
        What the page script reads; see ``payload``.
    base_map
        Tiles beneath, only if asked for.
    """

    _template = Template(
        """
        {%- macro html(this, kwargs) %}<div class="folium-map" id="{{ this.get_name() }}"></div>
        {%- endmacro %}
        {%- macro script(this, kwargs) %}
        const {{ this.get_name() }} = L.map("{{ this.get_name() }}",
            {center: [0, 0], crs: L.CRS.{{ this.crs }}, ...{{ this.options|tojavascript }}});
        {% endmacro %}"""
    )

    def __init__(
        self, *, title: str, lang: str, data: Mapping[str, Any], base_map: BaseMap | None = None
    ) -> None:
        super().__init__(
            tiles=None,
            crs=base_map.crs if base_map else "EPSG3857",
            zoom_control=False,
            attribution_control=False,
            zoom_snap=0.25,
            keyboard=True,
        )
        self.default_js = [("leaflet", LEAFLET_JS)]
        self.default_css = [("leaflet_css", LEAFLET_CSS)]
        figure = _ReviewFigure(title=title, lang=lang, data=data, base=base_map)
        figure.add_child(self)
        self.add_child(_Start(), name="start")

    @classmethod
    def _generate_id(cls) -> str:
        # One map a page, so its name can be the same in every run: equal input, equal bytes.
        return "page"

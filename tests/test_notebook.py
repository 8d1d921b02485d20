"""What a notebook holds: results that show, explain and draw themselves; errors without a traceback."""

import inspect
import typing
from html.parser import HTMLParser

import pytest
from faults import clean_office
from IPython.core.interactiveshell import InteractiveShell
from squares import county, middle, square

import capacity_planner as cp
from capacity_planner import assessment, loaders, notebook, planning
from capacity_planner.errors import InputError, OutputError, PlannerError, UnknownNameError
from capacity_planner.explanation import explain

NASTY = "<script>alert(1)</script>{{7*7}}&"


@pytest.fixture(scope="module")
def dazhu():
    return cp.load_county("dazhu")


@pytest.fixture(scope="module")
def gaps(dazhu):
    return cp.assess(dazhu)


@pytest.fixture(scope="module")
def plan(gaps):
    return cp.site(gaps)


@pytest.fixture(scope="module")
def outlook(dazhu):
    return cp.forecast(dazhu, horizon=2027)


class _Cells(HTMLParser):
    """Rows of the tables of a page as texts."""

    def __init__(self):
        super().__init__()
        self.rows, self.tags, self._open = [], [], False

    def handle_starttag(self, tag, attrs):  # noqa: ARG002 (called by name)
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        self._open = tag in {"td", "th"}
        if self._open:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self._open = self._open and tag not in {"td", "th"}

    def handle_data(self, data):
        if self._open:
            self.rows[-1][-1] += data


def shown(thing):
    cells = _Cells()
    cells.feed(thing._repr_html_())
    return cells


def test_a_result_shows_every_township_with_the_most_missing_first(gaps):
    rows = shown(gaps).rows
    names = {row[0]: row for row in rows}
    for _, town in gaps.townships.iterrows():
        row = [each.replace(",", "") for each in names[town["name"]]]
        assert row[3] == str(town["required"])
        assert row[7] == str(town["shortfall"])
    first = gaps.townships.sort_values("shortfall", ascending=False).iloc[0]["name"]
    assert rows[1][0] == first
    page = gaps._repr_html_()
    assert "演示数据，不作决策依据" in page
    assert "radius_m" in page


def test_a_county_shows_what_was_read(dazhu):
    rows = {row[0]: row[1:] for row in shown(dazhu).rows}
    assert rows["zones"] == [f"{len(dazhu.tables.zones):,}", "zones.geojson"]
    assert rows["facilities"] == [f"{len(dazhu.tables.facilities):,}", "facilities.csv"]


def test_a_plan_and_an_outlook_show_their_figures(plan, outlook):
    rows = {row[0]: row for row in shown(plan).rows}
    for _, town in plan.townships[plan.townships["before"] > 0].iterrows():
        figures = [int(each.replace(",", "")) for each in rows[town["name"]][1:4]]
        assert figures == [town["before"], town["after"], town["closed"]]
    years = {row[0]: row for row in shown(outlook).rows}
    for year, result in outlook.years.items():
        assert int(years[str(year)][5].replace(",", "")) == result.totals["shortfall"]
        assert isinstance(result, notebook.ShownGaps)
    assert isinstance(plan.after, notebook.ShownGaps)


@pytest.mark.parametrize("kind", ["zone", "facility", "township"])
def test_explain_is_the_derivation_of_the_command(gaps, kind):
    name = {"zone": "SYN-Z-001-001", "facility": "SYN-F-001", "township": "竹阳街道"}[kind]
    found = gaps.explain(name)
    assert found == notebook.ShownExplanation.of(explain(gaps, name, kind=kind))
    assert str(found).startswith(found.text("zh"))
    page = shown(found)
    assert page.tags.count("li") == 2 * len(found.lines)


def test_names_from_data_are_text_in_every_cell():
    zones = [{"zone_id": "a", "name": NASTY, "population": 1000, "geometry": square(0, 0)}]
    facilities = [{"facility_id": NASTY, "name": NASTY, "slots": 5, "geometry": middle(0, 0)}]
    gaps = notebook.assess(county(zones, facilities))
    for thing in (gaps, gaps.explain("a"), gaps.explain(NASTY)):
        assert "script" not in shown(thing).tags


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_picture_saves_itself_by_its_ending(gaps, tmp_path, ending):
    begins = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending]
    first = gaps.plot().save(tmp_path / f"a.{ending}").read_bytes()
    assert first.startswith(begins)
    assert gaps.plot().save(tmp_path / f"b.{ending}").read_bytes() == first


def test_every_result_draws_itself(gaps, plan, outlook):
    pictures = (gaps.plot("竹阳街道", lang="en"), plan.plot(), outlook.plot("511724001"))
    assert all(each._repr_png_().startswith(b"\x89PNG") for each in pictures)


def test_a_picture_of_an_unknown_kind_is_refused(gaps, tmp_path):
    with pytest.raises(OutputError) as raised:
        gaps.plot().save(tmp_path / "a.gif")
    assert "png" in str(raised.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("call", "error", "word"),
    [
        (lambda _: cp.load_county("dazhou"), PlannerError, "dazhu"),
        (lambda gaps: cp.assess(gaps.county, radius=500), PlannerError, "radius_m"),
        (lambda gaps: gaps.explain("SYN-Z-001-01"), UnknownNameError, "SYN-Z-001-0"),
        (lambda gaps: gaps.plot("竹阳街"), UnknownNameError, "竹阳街道"),
    ],
)
def test_errors_read_as_on_the_command_line(gaps, call, error, word):
    with pytest.raises(error) as raised:
        call(gaps)
    told = raised.value._render_traceback_()
    assert told == [type(raised.value).__name__, *str(raised.value).splitlines()]
    assert word in "\n".join(told)


def test_an_error_in_a_cell_has_no_traceback():
    shell = InteractiveShell()
    told = []
    shell._showtraceback = lambda _kind, _value, lines: told.extend(lines)
    shell.run_cell("import capacity_planner as cp\ncp.load_county('dazhou')")
    assert told[0] == "CountyError"
    assert not any("Traceback" in line for line in told)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        (notebook.assess, assessment.assess),
        (notebook.forecast, planning.forecast),
        (notebook.site, planning.site),
        (notebook.load_county, loaders.load_county),
    ],
)
def test_the_functions_take_what_those_of_the_rooms_take(outer, inner):
    ours, theirs = (dict(inspect.signature(each).parameters) for each in (outer, inner))
    theirs.pop("complaints", None)  # collecting complaints is for the command line
    assert [(n, p.kind, p.default) for n, p in ours.items()] == [
        (n, p.kind, p.default) for n, p in theirs.items()
    ]


@pytest.mark.parametrize("name", cp.__all__)
def test_every_public_name_is_typed(name):
    thing = getattr(cp, name)
    if inspect.isfunction(thing):
        hints = thing.__annotations__
        assert "return" in hints
        assert set(inspect.signature(thing).parameters) <= set(hints)
    else:
        assert typing.is_typeddict(thing) or inspect.isclass(thing)


def test_bad_data_carry_file_and_row(tmp_path):
    folder = clean_office(tmp_path / "own").write()
    for path in folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8-sig").splitlines()
        path.write_text(
            "\n".join([text[0], *[line.replace("2", "二又") for line in text[1:]]]), "utf-8"
        )
    with pytest.raises(InputError) as raised:
        cp.load_county(folder)
    assert any(each.row for each in raised.value.complaints)


def test_a_county_of_villages_has_no_bar_of_parts():
    village = {"zone_id": "a", "geometry": square(0, 0), "population": 900, "category": "rural"}
    shows = notebook.assess(county([village], []))
    assert "width:" not in shows._repr_html_()
    assert shows.totals["required"] == 0

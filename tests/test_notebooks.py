"""The notebooks run from a clone, on the shipped county and on a reader's own folder."""

from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from faults import clean_office
from nbclient import NotebookClient

from capacity_planner.cli.app import plan_gaps

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SHIPPED = 'COUNTY = "dazhu"'

# The kernel's own sockets and a debugger that is not wanted: nothing that a notebook does.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*zmq.*"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(autouse=True)
def _clone_on_the_path(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def _run(notebook, folder):
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--Application.log_level=ERROR"],
    )
    return client.execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_outputs_are_stored(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_on_the_shipped_county(path, tmp_path):
    notebook = _run(nbformat.read(path, as_version=4), tmp_path)
    said = "".join(_texts(notebook))
    assert "演示数据，不作决策依据" in said


def office_folder(place):
    """Return a folder as an office sends it."""
    return clean_office(place).write()


def begun_folder(place):
    """Return a folder as ``plan-gaps init`` makes it, said to hold real data."""
    made = CliRunner().invoke(plan_gaps, ["init", str(place)])
    assert made.exit_code == 0, made.output
    settings = place / "county.toml"
    told = settings.read_text(encoding="utf-8").splitlines(keepends=True)
    real = [line for line in told if not line.startswith("demonstration")]
    assert len(real) == len(told) - 1
    settings.write_text("".join(real), encoding="utf-8")
    return place


@pytest.mark.parametrize("make", [office_folder, begun_folder])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_on_a_folder_of_ones_own(path, make, tmp_path):
    own = make(tmp_path / "own")
    notebook = nbformat.read(path, as_version=4)
    settings = [cell for cell in notebook.cells if SHIPPED in cell.source]
    assert len(settings) == 1
    settings[0].source = settings[0].source.replace(SHIPPED, f"COUNTY = {str(own)!r}")
    said = "".join(_texts(_run(notebook, tmp_path)))
    assert "演示数据" not in said


def _texts(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield output.get("text", "") or output.get("data", {}).get("text/plain", "")

"""What a widget leaves in a notebook: nbval compares it, and skips the live part."""

import subprocess
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.notebooks.execute import clean

ROOT = Path(__file__).parents[2]
SOURCE = f"""import sys
sys.path.insert(0, {str(ROOT)!r})
import eventsourcing_kit as es
from tests.widgets.sample import sample_histories
es.widgets.TimeTravel(sample_histories())"""


def test_strict_nbval_takes_the_picture_for_the_widget(tmp_path: Path) -> None:
    path = tmp_path / "widget.ipynb"
    cell = nbformat.v4.new_code_cell(SOURCE, id="only")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    NotebookClient(notebook, store_widget_state=False).execute()
    clean(notebook)
    [still] = notebook.cells[0].outputs
    nbformat.write(notebook, path)
    assert nbval(path) == 0

    svg = still.data["image/svg+xml"]
    still.data["image/svg+xml"] = svg.replace("Time travel", "Time stands still")
    nbformat.write(notebook, path)
    assert nbval(path) == 1


def nbval(path: Path) -> int:
    """The exit code of a strict run: 0 where every output is as it was."""
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env"]
    run = subprocess.run([*command, str(path)], cwd=path.parent, check=False)
    return run.returncode

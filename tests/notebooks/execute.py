"""Run notebooks and keep their results in them: the same results give the same bytes."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from tqdm import tqdm

from tests import real_bank
from tests.notebooks.hygiene import WIDGET_VIEW

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# What JupyterLab or an editor adds to a cell beside these says nothing about the chapter.
KEPT_CELL_METADATA = {"tags", "jupyter"}


def execute(path: Path) -> None:
    """Run the notebook in its own folder, from top to bottom, and write it back clean."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        kernel_name=KERNEL["name"],
        resources={"metadata": {"path": str(path.parent)}},
        timeout=600,
        record_timing=False,
        store_widget_state=False,
    ).execute()
    clean(notebook)
    nbformat.write(notebook, path)


def clean(notebook: NotebookNode) -> None:
    """Drop what tells of one run or one editor only."""
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in KEPT_CELL_METADATA}
        if cell.cell_type == "code":  # of a widget its picture stays, which stands before the view
            view = [WIDGET_VIEW]
            cell.outputs = [one for one in cell.outputs if list(one.get("data", ())) != view]
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
            if output.output_type == "error":  # its frames name the folders of this machine
                output.traceback = [f"{output.ename}: {output.evalue}"]


if __name__ == "__main__":
    progress = tqdm(sys.argv[1:], desc="notebooks")
    # The bar above is for the person who waits; the notebooks' own would differ in every run.
    os.environ["TQDM_DISABLE"] = "1"
    if not real_bank.has_sample():
        sys.exit(real_bank.MISSING)
    for name in progress:
        with TemporaryDirectory() as home:  # nobody's progress
            os.environ["EVENTSOURCING_KIT_HOME"] = home
            execute(Path(name))

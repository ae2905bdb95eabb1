"""Chapters on another engine: with KIT_STORE they say on PostgreSQL what they say on DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from eventsourcing_kit.servers import Postgres
from tests.notebooks.execute import KERNEL
from tests.notebooks.hygiene import WIDGET_VIEW
from tests.real_bank import needs_the_sample

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
CHAPTERS = ["03", "04", "05", "06", "07", "08", "09", "12", "14"]

# What is about DuckDB itself, by chapter and a line of the cell.
OF_DUCKDB = {
    ("12", "other = subprocess.Popen([sys.executable"),  # two processes and one file
    ("12", 'letters = projections.Projection("letters"'),  # a copy of a file
}
# A ratio that is measured, and is another one where the events have to be fetched first.
MEASURED = {("06", "def taken(projection, events=20_000):")}


def said(cell: Any) -> list[str]:
    """What a cell shows, as text: what it printed, its values, the error."""
    printed = "".join(one.text for one in cell.outputs if one.output_type == "stream")
    shown = [printed] if printed else []
    for one in cell.outputs:
        if one.output_type == "error":
            shown.append(f"{one.ename}: {one.evalue}")
        elif one.output_type != "stream" and list(one.data) != [WIDGET_VIEW]:
            shown.append(str(one.data.get("text/plain", sorted(one.data))))
    return shown


@needs_the_sample
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_says_the_same_on_postgresql(
    chapter: str, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KIT_STORE", postgres_server.url)
    monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(tmp_path))
    [path] = NOTEBOOKS.glob(f"{chapter}_*.ipynb")
    expected, notebook = (nbformat.read(path, as_version=4) for _ in range(2))
    NotebookClient(
        notebook,
        kernel_name=KERNEL["name"],
        resources={"metadata": {"path": str(NOTEBOOKS)}},
        timeout=600,
        allow_errors=True,
        store_widget_state=False,
    ).execute()
    differ = {
        (chapter, line): (said(before), said(now))
        for before, now in zip(expected.cells, notebook.cells, strict=True)
        if before.cell_type == "code" and said(before) != said(now)
        for line in [next((x for c, x in OF_DUCKDB | MEASURED if x in now.source), now.source)]
    }
    expected_to = {cell for cell in OF_DUCKDB if cell[0] == chapter}
    assert differ.keys() - MEASURED == expected_to, differ

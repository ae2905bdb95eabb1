"""Every notebook keeps every rule, and every rule finds the notebook that breaks it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks import hygiene
from tests.notebooks.execute import KERNEL, execute
from tests.notebooks.hygiene import RULES, WIDGET_VIEW, Document, Rule

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

Spoil = Callable[[Document], object]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_notebook_keeps_the_rule(path: Path, rule: Rule) -> None:
    assert list(rule(Document.read(path))) == []


@pytest.fixture
def good(tmp_path: Path) -> Document:
    """A notebook that keeps every rule and has something for each to look at."""
    (tmp_path / "notes.md").write_text("# Two times, one bank\n", encoding="utf-8")
    picture = new_output(
        "display_data",
        {
            "text/html": '<img alt="A red dot" src="data:image/png;base64,iVBORw0KGgo=">',
            "image/png": "iVBORw0KGgo=",
        },
    )
    error = new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"])
    cells = [
        new_markdown_cell(
            "# Two times: a `bank`\n\n[here](#Two-times:-a-bank) and "
            "[there](notes.md#two-times-one-bank), [far](https://example.org/home/)\n\n"
            "![a dot](data:image/png;base64,iVBORw0KGgo=)\n\n<svg><title>A dot</title></svg>\n\n"
            "| a |\n| - |\n| b |\n\n```\n| a line of code\n```"
        ),
        new_code_cell("import json\nimport pandas as pd\nimport eventsourcing_kit as es"),
        new_code_cell("%matplotlib inline\njson.__name__", outputs=[picture]),
        new_code_cell('raise ValueError("no")', outputs=[error]),
    ]
    cells[3].metadata.tags = ["raises-exception"]
    for count, cell in enumerate(cells[1:], start=1):
        cell.execution_count = count
    return Document(
        tmp_path / "it.ipynb", new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    )


def cell(index: int, **changes: object) -> Spoil:
    return lambda document: document.notebook.cells[index].update(changes)


def prose(source: str) -> Spoil:
    return cell(0, source=source)


def code(source: str) -> Spoil:
    return cell(1, source=source)


def result(kind: str, value: str) -> Spoil:
    return cell(1, outputs=[new_output("display_data", {kind: value})])


def asked(**answer: object) -> Spoil:
    """A prediction in the first cell of code, and perhaps another answer in the next."""

    def spoil(document: Document) -> None:
        document.notebook.cells[1].update(source="es.predict('yes', 'no')")
        document.notebook.cells[2].update(answer)

    return spoil


def unfolded(document: Document) -> None:
    asked(outputs=[])(document)
    document.notebook.cells[3] = new_markdown_cell("It is so.")


def metadata(**changes: object) -> Spoil:
    return lambda document: document.notebook.metadata.update(changes)


BREACHES: list[tuple[Rule, Spoil, str]] = [
    (hygiene.runs_in_order, cell(2, execution_count=None), "cell 2 has execution count None"),
    (hygiene.runs_in_order, cell(1, execution_count=3), "cell 1 has execution count 3, not 1"),
    (hygiene.names_its_kernel, metadata(kernelspec={}), "no kernelspec python3"),
    (hygiene.is_compared, code("# NBVAL_IGNORE_OUTPUT\n1"), "opts out"),
    (hygiene.is_compared, cell(1, metadata={"tags": ["nbval-skip"]}), "opts out"),
    (hygiene.shows_no_machine_path, prose("Open /home/ann/x"), "'/home/ann/x'"),
    (hygiene.shows_no_machine_path, code("open('/tmp/a.duckdb')"), "/tmp/a.duckdb"),
    (hygiene.shows_no_machine_path, result("text/plain", "PosixPath('/root')"), "/root"),
    (hygiene.shows_no_machine_path, result("text/html", "<b>C:\\Users\\ann</b>"), "C:"),
    (hygiene.keeps_outputs_small, result("text/plain", "x" * 300_000), "300,000 is the most"),
    (hygiene.errs_only_on_purpose, cell(3, metadata={}), "not tagged raises-exception"),
    (hygiene.errs_only_on_purpose, cell(3, outputs=[]), "ends in no error"),
    (hygiene.describes_its_pictures, result("image/png", "iVBORw0KGgo="), "without a text/html"),
    (hygiene.describes_its_pictures, result("image/svg+xml", "<svg/>"), "without a text/html"),
    (hygiene.describes_its_pictures, result("text/html", "<img src='x'>"), "<img> without alt"),
    (hygiene.describes_its_pictures, prose("![](notes.md)"), "<img> without alt"),
    (hygiene.describes_its_pictures, result("text/html", "<svg></svg>"), "<svg> without"),
    (hygiene.saves_no_widget, result(WIDGET_VIEW, "{}"), "saved widget view"),
    (hygiene.saves_no_widget, metadata(widgets={}), "widget state"),
    (hygiene.links_somewhere, prose("[a](gone.md)"), "no file gone.md"),
    (hygiene.links_somewhere, prose("[a](/notes.md)"), "no file /notes.md"),
    (hygiene.links_somewhere, prose("[a](notes.md#Two-times)"), "no heading notes.md#Two-times"),
    (hygiene.links_somewhere, prose("# A\n[a](it.ipynb#gone)"), "no heading it.ipynb#gone"),
    (hygiene.links_somewhere, prose("![a picture](gone.png)"), "no file gone.png"),
    (hygiene.keeps_table_rows_whole, prose("| a |\n| - |\n| one\ntwo |"), "'| one'"),
    (hygiene.has_one_sentence_a_line, prose("It is. Is it?"), "'It is. Is it?' is not one"),
    (hygiene.has_one_sentence_a_line, prose("- It\n  is."), "'- It' is not one"),
    (hygiene.asks_before_it_answers, prose("**Predict:** what?"), "no es.predict( follows"),
    (hygiene.asks_before_it_answers, asked(), "cell 2 shows what is to be predicted"),
    (hygiene.asks_before_it_answers, asked(outputs=[]), "cell 2 stands behind a prediction and"),
    (hygiene.asks_before_it_answers, unfolded, "cell 3 tells what is to be predicted"),
    (hygiene.leaves_its_stores_open, code("for x in (a, b):\n    x.close()"), "only closes"),
    (hygiene.leaves_its_stores_open, code("store.close()\nfolder.cleanup()"), "only closes"),
    (hygiene.shows_no_bar_of_duckdbs, code("db = duckdb.connect()"), "connects without"),
    (hygiene.says_its_minutes, prose("# 03 · A store\n\n*A table.\nForty minutes.*"), "says Forty"),
    (hygiene.says_its_minutes, prose("# 03 · A store\n\n*Short.*"), "does not say"),
    (hygiene.reads_only_data, code("open('../tests/x.jsonl')"), "../tests/x.jsonl, which is not"),
    (hygiene.imports_the_public_kit, code("import pyarrow"), "imports pyarrow"),
    (hygiene.imports_the_public_kit, code("from numpy.linalg import norm"), "imports numpy"),
    (hygiene.imports_the_public_kit, code("from eventsourcing_kit import _codec"), "_codec"),
    (hygiene.imports_the_public_kit, code("import eventsourcing_kit._codec"), "_codec"),
    (hygiene.imports_the_public_kit, code("es.open_store(':memory:')._path"), "_path"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_passes_the_good_notebook(good: Document, rule: Rule) -> None:
    nbformat.write(good.notebook, good.path)
    assert list(rule(good)) == []


@pytest.mark.parametrize(
    ("rule", "spoil", "message"),
    BREACHES,
    ids=[f"{rule.__name__}-{number}" for number, (rule, _, _) in enumerate(BREACHES)],
)
def test_rule_finds_the_breach(good: Document, rule: Rule, spoil: Spoil, message: str) -> None:
    spoil(good)
    nbformat.write(good.notebook, good.path)
    assert message in "; ".join(rule(good))


def test_every_rule_has_a_breach() -> None:
    assert {rule for rule, _, _ in BREACHES} == set(RULES)


@pytest.fixture
def executed(tmp_path: Path) -> Path:
    """A notebook with all that differs between runs, as `make notebooks` leaves it."""
    path = tmp_path / "sample.ipynb"
    cells = [
        new_code_cell("import ipywidgets\nipywidgets.IntSlider()", metadata={"editor": "any"}),
        new_code_cell("from tqdm import tqdm\nsum(tqdm([1, 2, 3]))"),
        new_code_cell("object()"),
        new_code_cell("open('gone')", metadata={"tags": ["raises-exception"]}),
    ]
    nbformat.write(new_notebook(cells=cells), path)
    execute(path)
    return path


def test_execution_leaves_what_every_run_gives(executed: Path) -> None:
    document = Document.read(executed)
    first, progress, _, error = document.notebook.cells
    assert first.metadata == {}
    assert [output.output_type for output in progress.outputs] == ["execute_result"]
    assert error.outputs[0].traceback == [
        "FileNotFoundError: [Errno 2] No such file or directory: 'gone'"
    ]
    rules = set(RULES) - {hygiene.imports_the_public_kit}
    assert [breach for rule in rules for breach in rule(document)] == []


def test_the_test_run_compares_results(executed: Path) -> None:
    """The project's own pytest settings pass the notebook, and fail it once a result is wrong."""

    def run() -> str:
        command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-q", str(executed)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout

    assert "4 passed" in run()
    executed.write_text(executed.read_text(encoding="utf-8").replace('"6"', '"7"'))
    assert "1 failed, 3 passed" in run()

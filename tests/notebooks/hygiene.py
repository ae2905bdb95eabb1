"""What a notebook of the kit must keep to: one small rule each, every breach said in words."""

import ast
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import mistune
import nbformat
from bs4 import BeautifulSoup
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from eventsourcing_kit.predictions.outcome import FOLD
from eventsourcing_kit.widgets.base import is_still
from tests.prose import one_sentence_a_line

LIBRARIES = {"eventsourcing_kit", "duckdb", "matplotlib", "opentelemetry", "pandas", "psycopg"}
ALLOWED_IMPORTS = sys.stdlib_module_names | LIBRARIES
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"h[1-6]")
LARGEST_OUTPUT = 300_000
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|Users|work|tmp)\b|\b[A-Z]:\\")
UNCOMPARED = re.compile(r"nbval.(skip|ignore.output)", re.IGNORECASE)
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class Document:
    """A notebook and the place it has, or would have, on disk."""

    path: Path
    notebook: NotebookNode

    @classmethod
    def read(cls, path: Path) -> "Document":
        return cls(path, nbformat.read(path, as_version=4))

    @property
    def code(self) -> Iterator[tuple[str, NotebookNode]]:
        return (cell for cell in self.cells if cell[1].cell_type == "code")

    @property
    def cells(self) -> Iterator[tuple[str, NotebookNode]]:
        return ((f"cell {index}", cell) for index, cell in enumerate(self.notebook.cells))

    @property
    def data(self) -> Iterator[tuple[str, dict[str, object]]]:
        """The MIME bundle of every output that has one."""
        for place, cell in self.code:
            yield from ((place, output.data) for output in cell.outputs if "data" in output)

    @property
    def html(self) -> Iterator[tuple[str, BeautifulSoup]]:
        """What the reader's browser is given: prose and HTML results."""
        for place, cell in self.cells:
            if cell.cell_type == "markdown":
                yield place, rendered(cell.source)
        for place, data in self.data:
            if "text/html" in data:
                yield place, BeautifulSoup(str(data["text/html"]), "html.parser")


def runs_in_order(document: Document) -> Iterator[str]:
    """Nbval compares no cell whose count is null, so a count that is missing hides the rest."""
    for expected, (place, cell) in enumerate(document.code, start=1):
        if cell.execution_count != expected:
            yield f"{place} has execution count {cell.execution_count}, not {expected}"


def names_its_kernel(document: Document) -> Iterator[str]:
    """Without a kernelspec JupyterLab opens a chooser before the first click."""
    if document.notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "its metadata names no kernelspec python3"


def is_compared(document: Document) -> Iterator[str]:
    for place, cell in document.code:
        if UNCOMPARED.search(cell.source + " ".join(cell.metadata.get("tags", []))):
            yield f"{place} opts out of the comparison of its results"


def shows_no_machine_path(document: Document) -> Iterator[str]:
    for place, cell in document.cells:
        for text in _strings([cell.source, cell.get("outputs", [])]):
            if found := MACHINE_PATH.search(text):
                yield f"{place} has a path of one machine: {text[found.start() :][:40]!r}"


def keeps_outputs_small(document: Document) -> Iterator[str]:
    for place, cell in document.code:
        for output in cell.outputs:
            if (size := len(json.dumps(output).encode())) > LARGEST_OUTPUT:
                yield f"{place} has an output of {size:,} bytes; {LARGEST_OUTPUT:,} is the most"


def errs_only_on_purpose(document: Document) -> Iterator[str]:
    """Nbval lets a cell that is tagged raises-exception pass even when nothing raises."""
    for place, cell in document.code:
        announced = "raises-exception" in cell.metadata.get("tags", [])
        raised = any(output.output_type == "error" for output in cell.outputs)
        if raised and not announced:
            yield f"{place} ends in an error and is not tagged raises-exception"
        if announced and not raised:
            yield f"{place} is tagged raises-exception and ends in no error"


def describes_its_pictures(document: Document) -> Iterator[str]:
    """JupyterLab shows an image output without any alternative text, whatever its metadata say.

    So a picture comes as text/html, which JupyterLab prefers: `<img alt="…" src="data:…">`.
    """
    for place, data in document.data:
        if any(kind.startswith("image/") for kind in data) and "text/html" not in data:
            yield f"{place} has an image without a text/html that describes it"
    for place, html in document.html:
        for image in html.find_all("img"):
            if not str(image.get("alt") or "").strip():
                yield f"{place} has an <img> without alt"
        for drawing in html.find_all("svg"):
            labelled = drawing.get("role") == "img" and drawing.get("aria-label")
            if not (labelled or drawing.title or drawing.get("aria-hidden") == "true"):
                yield f"{place} has an <svg> without a label or title"


def saves_no_widget(document: Document) -> Iterator[str]:
    """A saved widget view has no model when the notebook is opened, and shows as an error."""
    for place, data in document.data:
        if WIDGET_VIEW in data:
            yield f"{place} has a saved widget view"
    if "widgets" in document.notebook.metadata:
        yield "its metadata hold widget state"


def links_somewhere(document: Document) -> Iterator[str]:
    for place, html in document.html:
        yield from (f"{place}: {breach}" for breach in dead_links(document.path, html))


def keeps_table_rows_whole(document: Document) -> Iterator[str]:
    """A row of a Markdown table that goes on in a second line becomes two rows."""
    for place, cell in document.cells:
        if cell.cell_type == "markdown":
            for line in FENCED.sub("", cell.source).splitlines():
                if line.startswith("|") and not line.rstrip().endswith("|"):
                    yield f"{place} breaks a row of a table: {line[:40]!r}"


def has_one_sentence_a_line(document: Document) -> Iterator[str]:
    """Else a change to one word shows as a change to a paragraph."""
    for place, cell in document.cells:
        if cell.cell_type == "markdown":
            lines = zip(
                cell.source.split("\n"), one_sentence_a_line(cell.source).split("\n"), strict=False
            )
            for line, wanted in lines:
                if line != wanted:
                    yield f"{place}: {line[:40]!r} is not one sentence; see tests/prose.py"
                    break


def leaves_its_stores_open(document: Document) -> Iterator[str]:
    """Whoever has run all cells and changes one is told that the store is closed."""
    closing = re.compile(r"(\s*(\w+\.(close|cleanup)\(\)|for .*:|#.*)?)")
    for place, cell in document.code:
        if ".close()" in cell.source and all(map(closing.fullmatch, cell.source.splitlines())):
            yield f"{place} only closes what the cells before it need when they are run again"


def shows_no_bar_of_duckdbs(document: Document) -> Iterator[str]:
    """On a slow machine it is drawn across the page, black, and saved."""
    for place, cell in document.code:
        if re.search(r"= duckdb\.connect\(", cell.source) and "progress_bar" not in cell.source:
            yield f"{place} connects without SET enable_progress_bar = false"


def asks_before_it_answers(document: Document) -> Iterator[str]:
    """A prompt to predict is followed by its choices, and they by an answer that is folded."""
    cells = list(document.cells)
    end = ("the end", nbformat.v4.new_markdown_cell("# The end"))
    behind = zip(cells, [*cells[1:], end], [*cells[2:], end, end], strict=True)
    for (place, cell), (there, answer), (beyond, prose) in behind:
        if "**Predict" in cell.source and not answer.source.startswith("es.predict("):
            yield f"{place} asks for a prediction, and no es.predict( follows"
        if not cell.source.startswith("es.predict("):
            continue
        if not answer.get("outputs"):
            yield f"{there} stands behind a prediction and shows nothing"
        for output in answer.get("outputs", []):
            data = output.get("data", {})
            if not is_still(data) and FOLD not in data.get("text/html", ""):
                yield f"{there} shows what is to be predicted before it is run"
        if prose.cell_type == "markdown" and not prose.source.startswith(("<details>", "#")):
            yield f"{beyond} tells what is to be predicted, and is not folded"


def imports_the_public_kit(document: Document) -> Iterator[str]:
    for place, cell in document.code:
        for node in ast.walk(ast.parse(TransformerManager().transform_cell(cell.source))):
            match node:
                case ast.Import():
                    modules, names = [alias.name for alias in node.names], []
                case ast.ImportFrom():
                    modules, names = [node.module or "."], [alias.name for alias in node.names]
                case ast.Attribute() if not (
                    isinstance(node.value, ast.Name) and node.value.id == "self"
                ):
                    modules, names = [], [node.attr]
                case _:
                    continue
            for module in modules:
                if module.partition(".")[0] not in ALLOWED_IMPORTS:
                    yield f"{place} imports {module}"
            for name in [*names, *".".join(modules).split(".")]:
                if re.match(r"_(?!_)", name):
                    yield f"{place} uses {name}, which is private"


def reads_only_data(document: Document) -> Iterator[str]:
    """A learner's copy, and the book, have `data` beside them and nothing else of the project."""
    for place, cell in document.code:
        for path in re.findall(r"""["'](\.\./(?!data/)[^"']*)""", cell.source):
            yield f"{place} reads {path}, which is not in data"


Rule = Callable[[Document], Iterator[str]]
MINUTES = {
    "five": 5, "twenty": 20, "twenty-five": 25, "half an hour": 30, "thirty": 30,
    "thirty-five": 35, "forty": 40,
}  # fmt: skip
SAID = re.compile(rf"^({'|'.join(sorted(MINUTES, key=len, reverse=True))})\b", re.I | re.M)
ASIDE = re.compile(r"<details><summary>(?!After you have).*?</details>", re.DOTALL)


def says_its_minutes(document: Document) -> Iterator[str]:
    """The head of a chapter says how long it takes to read, within five minutes."""
    title = document.notebook.cells[0].source
    if re.match(r"# \d\d ", title):
        said = SAID.search(title)
        takes = minutes(document)
        if said is None:
            yield "its head does not say how many minutes it takes"
        elif abs(MINUTES[said[1].lower()] - takes) > 5:
            yield f"it says {said[1]}, and takes {takes:.0f} minutes to read"


def minutes(document: Document) -> float:
    """150 words a minute, three seconds for a line of code, half a minute for a prediction.

    Exercises, folded asides and what is called "more minutes" are extra.
    """
    total, section = 0.0, ""
    for _, cell in document.cells:
        if cell.cell_type == "markdown":
            for heading in re.findall(r"^## (.*)", cell.source, re.MULTILINE):
                section = heading
        if section.endswith("more minutes") or section == "Where to read on":
            continue
        if cell.cell_type == "markdown":
            total += len(rendered(ASIDE.sub("", cell.source)).get_text().split()) / 150
        elif cell.source.startswith("es.predict("):
            total += 0.5
        elif section != "Exercises":
            total += len([line for line in cell.source.splitlines() if line.strip()]) / 20
    return total


RULES: tuple[Rule, ...] = (
    says_its_minutes,
    runs_in_order,
    names_its_kernel,
    is_compared,
    shows_no_machine_path,
    keeps_outputs_small,
    errs_only_on_purpose,
    describes_its_pictures,
    saves_no_widget,
    links_somewhere,
    keeps_table_rows_whole,
    has_one_sentence_a_line,
    asks_before_it_answers,
    leaves_its_stores_open,
    shows_no_bar_of_duckdbs,
    imports_the_public_kit,
    reads_only_data,
)


def dead_links(page: Path, html: BeautifulSoup) -> Iterator[str]:
    """The links and pictures of `html`, a part of `page`, that lead nowhere in the project."""
    targets = [a["href"] for a in html.find_all("a", href=True)]
    targets += [img["src"] for img in html.find_all("img", src=True)]
    for target in map(str, targets):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        file = page.parent / unquote(parts.path) if parts.path else page
        if parts.path.startswith("/") or (parts.path and not file.exists()):
            yield f"no file {target}"
        elif parts.fragment and unquote(parts.fragment) not in _anchors(file):
            yield f"no heading {target}"


def _anchors(page: Path) -> set[str]:
    """The fragments that lead to a heading of `page`, as the place where it is read makes them."""
    if page.suffix == ".ipynb":  # JupyterLab keeps case and punctuation
        return {
            heading.get_text().replace(" ", "-")
            for _, html in Document.read(page).html
            for heading in html.find_all(HEADING)
        }
    if page.suffix == ".md":  # the hosts of git repositories keep neither
        return {
            re.sub(r"[^\w\- ]", "", heading.get_text().lower()).replace(" ", "-")
            for heading in rendered(page.read_text(encoding="utf-8")).find_all(HEADING)
        }
    return set()


def rendered(markdown: str) -> BeautifulSoup:
    """Markdown as the HTML that a reader gets."""
    return BeautifulSoup(str(mistune.html(markdown)), "html.parser")


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _strings(item)
        case list():
            for item in value:
                yield from _strings(item)

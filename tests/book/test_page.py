from __future__ import annotations

from pathlib import Path
from typing import cast

import nbformat
from bs4 import BeautifulSoup
from nbformat import NotebookNode

from eventsourcing_kit.book import live
from eventsourcing_kit.book.contents import ROOT, Source, of_text
from eventsourcing_kit.book.page import Page, html, put_in
from eventsourcing_kit.drawing.plots import with_words
from eventsourcing_kit.widgets import EventWorkbench, FoldSteps, SixtySeconds
from eventsourcing_kit.widgets.base import Widget
from eventsourcing_kit.widgets.prediction import Prediction

CHAPTER = Source(ROOT / "notebooks" / "01_one.ipynb", "01_one.html", "One")
PAGE = Page("One", "abc", None, None, None, [])


def page(notebook: NotebookNode, pages: dict[Path, str] | None = None) -> BeautifulSoup:
    return BeautifulSoup(html(CHAPTER, notebook, PAGE, pages or {}), "html.parser")


def run_by(widget: Widget) -> NotebookNode:
    """A notebook with one cell, which has shown the widget's picture."""
    data = {"text/plain": repr(widget), **with_words(widget.picture(), repr(widget))}
    shown = nbformat.v4.new_output("display_data", data)
    return of_cells(nbformat.v4.new_code_cell("w", outputs=[shown]))


def of_cells(*cells: NotebookNode) -> NotebookNode:
    return cast(NotebookNode, nbformat.v4.new_notebook(cells=list(cells)))


def test_a_link_leads_to_another_page_or_is_no_link() -> None:
    text = "[two](02_two.ipynb#A-part) [code](../Makefile) [out](https://dcb.events) [here](#x)"
    links = page(of_text(text), {ROOT / "notebooks" / "02_two.ipynb": "02_two.html"}).main
    assert links
    assert [a["href"] for a in links.select("p a")] == [
        *("02_two.html#A-part", "https://dcb.events", "#x")
    ]
    assert "code" in links.text


def test_headings_have_anchors_and_stand_in_the_list_of_sections() -> None:
    soup = page(of_text("# One\n\n## Who's first?\n\ntext\n\n### Below"))
    [section] = soup.select(".sections a")
    assert section.text == "Who's first?"
    assert soup.find(id="Who's-first?")
    assert section["href"] == "#Who%27s-first%3F"


def test_a_widget_that_needs_nobody_is_live_and_one_that_asks_is_a_picture() -> None:
    for widget in (FoldSteps(lambda n, _: n + 1, ["e"], 0), EventWorkbench()):
        notebook = run_by(widget)
        found = live.places(notebook)
        put_in(notebook, found, [place for place in found if not place.kind.asks_python])
        figure = page(notebook).find("figure")
        assert figure
        assert figure.find("img")
        assert figure.get("data-view") == (None if widget.asks_python else "FoldSteps")
        assert ("make lab" in figure.text) is widget.asks_python


def test_a_check_and_a_prediction_say_where_they_can_be_made() -> None:
    still = f'<div class="es-still">○ one<p>{Prediction.not_live}</p></div>'
    shown = nbformat.v4.new_output("display_data", {"text/html": still})
    notebook = of_cells(
        nbformat.v4.new_code_cell("es.predict('one')", outputs=[shown]),
        nbformat.v4.new_code_cell("ex.one.check(one)"),
    )
    put_in(notebook, [], [])
    predict, check = page(notebook).select(".in-the-lab")
    assert "Decide, then unfold what happened." in predict.text
    assert "The check needs Python." in check.text


def test_a_clock_says_how_it_starts() -> None:
    """To have it live, the whole chapter would have to be run, for it stands at the end."""
    still = SixtySeconds().still()["text/html"]
    shown = nbformat.v4.new_output(
        "display_data", {"text/html": SixtySeconds()._left_behind(still), "text/plain": "A clock"}
    )
    notebook = of_cells(nbformat.v4.new_code_cell("clock", outputs=[shown]))
    put_in(notebook, [], [])
    soup = page(notebook)
    assert soup.find("img")
    [told] = soup.select(".in-the-lab")
    assert told.text == "Run this chapter in JupyterLab: make lab."
    assert "Run this cell" not in soup.text


def test_code_is_coloured_and_text_stays_text() -> None:
    cell = nbformat.v4.new_code_cell("def f(): return '<img src=x>'")
    soup = page(of_cells(cell))
    assert [one.text for one in soup.select(".highlight .k")] == ["def", "return"]
    assert soup.find("img") is None

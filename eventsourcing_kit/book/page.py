"""A page: a notebook as HTML, with its links leading to other pages and its widgets in place."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import nbformat
from nbformat import NotebookNode

from ..drawing.plots import with_words
from ..drawing.svg import told
from ..widgets.base import Widget, is_still
from ..widgets.prediction import Prediction
from . import terms
from .contents import ROOT, Source
from .live import Place

IN_THE_LAB = "Run this chapter in JupyterLab: <code>make lab</code>"
PICTURE = f'<p class="in-the-lab">A picture of what asks Python while you use it. {IN_THE_LAB}.</p>'
PREDICT = f'<p class="in-the-lab">Decide, then unfold what happened. {IN_THE_LAB}.</p>'
LIVE = f'<p class="in-the-lab">{IN_THE_LAB}.</p>'
CHECK = f'<p class="in-the-lab">The check needs Python. {IN_THE_LAB}.</p>'


@dataclass(frozen=True)
class Page:
    """What the template is told beside the notebook."""

    title: str
    made_from: str
    contents: Source | None
    previous: Source | None
    next: Source | None
    scripts: list[str]


def html(source: Source, notebook: NotebookNode, page: Page, pages: dict[Path, str]) -> str:
    """The page of a notebook; `pages` are all files that have one, with its address."""
    from bs4 import BeautifulSoup

    body, _ = _exporter().from_notebook_node(notebook, resources={"page": page})
    soup: Any = BeautifulSoup(body, "html.parser")
    main = soup.find("main")
    for link in main.find_all("a", href=True):
        _lead(link, source, pages)
    for image in main.find_all("img", src=True):
        _bring(image, source)
    for table in main.find_all("table"):
        table.wrap(soup.new_tag("div", attrs={"class": "wide", "tabindex": "0"}))
    for heading in main.select("[id]:has(> .anchor-link)"):
        id_ = unquote(heading["id"])  # nbconvert writes it as links do
        heading["id"] = id_ if source.is_chapter else id_.lower()  # texts are linked as on a forge
        heading.find(class_="anchor-link")["href"] = f"#{quote(heading['id'])}"
    soup.find("nav", class_="sections").append(_sections(soup, main))
    terms.mark(main)
    return str(soup)


def put_in(notebook: NotebookNode, widgets: list[Place], live: list[Place]) -> None:
    """Put each widget into its place: live, or its picture and how to get it live.

    After a check stands how to run it.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code" and ".check(" in cell.source:
            cell.outputs.append(nbformat.v4.new_output("display_data", {"text/html": CHECK}))
        for output in cell.get("outputs", []):
            if is_still(output.get("data", {})):  # of what is no place below, what it says stays
                html = output.data["text/html"]
                html = html.replace(f"<p>{Prediction.not_live}</p>", PREDICT)
                output.data["text/html"] = html.replace(f"<p>{Widget.not_live}</p>", LIVE)
    for place in widgets:
        output = notebook.cells[place.cell].outputs[place.output]
        svg = output.data["image/svg+xml"]
        picture = with_words(svg, told(svg))["text/html"]
        view = f'class="live" data-view="{place.kind.__name__}" data-state="{place.name}"'
        shown = [view, picture] if place in live else ["", picture + PICTURE]
        output.data = NotebookNode({"text/html": "<figure {}>{}</figure>".format(*shown)})


def _sections(soup: Any, main: Any) -> Any:
    """A list of links to the sections of the page."""
    sections = soup.new_tag("ul")
    for heading in main.find_all("h2", id=True):
        link = soup.new_tag("a", href=f"#{quote(heading['id'])}")
        link.string = heading.find(string=True)
        item = soup.new_tag("li")
        item.append(link)
        sections.append(item)
    return sections


@cache
def _exporter() -> Any:
    from nbconvert import HTMLExporter

    exporter: Any = HTMLExporter  # has no types
    return exporter(
        template_name="template",
        extra_template_basedirs=[str(Path(__file__).parent)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        anchor_link_text="#",
    )


def _lead(link: Any, source: Source, pages: dict[Path, str]) -> None:
    """To the page of what the link names. What is not in the book is not linked."""
    href = link["href"]
    if href.startswith(("#", "https://", "http://")):
        return
    name, hash_, heading = href.partition("#")
    file = (source.path.parent / name).resolve()
    if file in pages:
        link["href"] = pages[file] + hash_ + heading
    else:
        link.unwrap()


def _bring(image: Any, source: Source) -> None:
    """An image of the repository is put into the page."""
    if image["src"].startswith("data:"):
        return
    file = (source.path.parent / image["src"]).resolve()
    if not file.is_relative_to(ROOT):
        raise ValueError(f"{source.path.name} shows {image['src']}, which is not in the project")
    image["src"] = f"data:image/{file.suffix[1:]};base64,{b64encode(file.read_bytes()).decode()}"

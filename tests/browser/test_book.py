"""The book as a reader opens it: from files, without a kernel, a server or a network.

All pages are made; chapters 00, 04 and 06 are run, so their widgets are live here, and those of the
others are pictures. `make book` runs every chapter that has a widget.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Request, expect

from eventsourcing_kit.book import build
from tests.browser.lab import screenshot

LIVE = ("00", "04", "06")
LARGEST = 12_000_000  # bytes of the whole book
OTHER_STATES = 3_000_000  # bytes of the states that are not made here


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("book"), only=LIVE).parent


@pytest.fixture
def reader(page: Page) -> Iterator[Page]:
    """A page on which nothing may go wrong and nothing may be fetched."""
    troubles: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            troubles.append(message.text)

    def failed(error: Error) -> None:
        troubles.append(str(error))

    def fetched(request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            troubles.append(request.url)

    page.on("console", said)
    page.on("pageerror", failed)
    page.on("request", fetched)
    page.on("requestfailed", fetched)
    yield page
    assert troubles == []


def opened(reader: Page, book: Path, chapter: str, kind: str = ".es-widget") -> Locator:
    """A chapter's page, and on it the first live widget, or the first of a kind."""
    [path] = book.glob(f"{chapter}_*.html")
    reader.goto(path.as_uri())
    return reader.locator(f"figure.live {kind}").first


def test_time_travel_by_mouse_and_key(book: Path, reader: Page) -> None:
    travel = opened(reader, book, "00")
    slider = travel.locator("[role=slider]")
    slider.press("Home")
    expect(travel).to_have_attribute("data-index", "0")
    for index in (1, 2, 3):
        reader.keyboard.press("ArrowRight")
        expect(travel).to_have_attribute("data-index", str(index))
    box = slider.bounding_box()
    assert box is not None
    reader.mouse.click(box["x"] + box["width"] - 20, box["y"] + 60)
    expect(travel).not_to_have_attribute("data-index", "3")
    expect(reader.locator("figure.live img")).to_have_count(0)  # the picture has made room


def test_a_fold_by_key(book: Path, reader: Page) -> None:
    steps = opened(reader, book, "04")
    steps.locator("[role=slider]").press("Home")
    reader.keyboard.press("ArrowRight")
    expect(steps).to_have_attribute("data-index", "1")
    expect(steps.locator("[aria-current=step]")).to_be_visible()


def test_the_projection_lab_by_mouse(book: Path, reader: Page) -> None:
    lab = opened(reader, book, "06", ".es-lab")
    lab.get_by_role("button", name="One step on").click()
    expect(lab).not_to_have_attribute("data-moves", "0")
    lab.get_by_role("button", name="Crash both").click()
    expect(lab.get_by_role("region", name="The left projection")).to_contain_text("Crashed")


def test_it_follows_the_readers_system(book: Path, reader: Page) -> None:
    travel = opened(reader, book, "00")
    for theme in ("dark", "light"):
        reader.emulate_media(color_scheme=theme)
        expect(travel).to_have_attribute("data-theme", theme)
        screenshot(reader, f"book_{theme}")


def test_a_word_is_explained_by_pointer_and_key_and_nothing_jumps(book: Path, reader: Page) -> None:
    opened(reader, book, "06")
    word = reader.locator("dfn", has_text="projection").first
    note = reader.get_by_role("tooltip")
    expect(note).to_be_hidden()
    height = reader.evaluate("() => document.documentElement.scrollHeight")
    word.hover()
    expect(note).to_contain_text("A reader of events")
    assert reader.evaluate("() => document.documentElement.scrollHeight") == height
    reader.keyboard.press("Escape")
    expect(note).to_be_hidden()
    reader.mouse.move(0, 0)
    word.focus()
    expect(note).to_be_visible()
    expect(word).to_have_accessible_description(note.inner_text())
    word.blur()
    expect(note).to_be_hidden()


def test_what_needs_python_says_how_to_get_it(book: Path, reader: Page) -> None:
    opened(reader, book, "16")
    desk = reader.locator("figure", has=reader.locator("img[alt^='Drill: ']"))
    expect(desk).to_contain_text("Run this chapter in JupyterLab: make lab")
    opened(reader, book, "05")
    check = reader.locator(".in-the-lab", has_text="The check needs Python.")
    expect(check.first).to_be_visible()


def test_every_page_is_quiet_and_fits(book: Path, reader: Page) -> None:
    for path in sorted(book.glob("*.html")):
        for width in (1280, 390):
            reader.set_viewport_size({"width": width, "height": 800})
            reader.goto(path.as_uri())
            figures = reader.locator("figure.live")
            expect(figures.locator(".es-widget")).to_have_count(figures.count())
            wide = reader.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= width, f"{path.name} is {wide} pixels wide on {width}"


def test_no_link_is_dead(book: Path) -> None:
    pages = {
        path.name: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in book.glob("*.html")
    }
    ids = {name: {tag["id"] for tag in page.find_all(id=True)} for name, page in pages.items()}
    for name, page in pages.items():
        links = [link["href"] for link in page.find_all("a", href=True)]
        files = [tag["src"] for tag in page.find_all(["script", "img"], src=True)]
        files += [tag["href"] for tag in page.find_all("link", href=True)]
        for link in map(str, links):
            if not link.startswith(("https://", "http://")):
                target, _, heading = link.partition("#")
                assert (target or name) in pages, f"{name} links {link}"
                assert not heading or unquote(heading) in ids[target or name], f"{name}: {link}"
        for file in map(str, files):
            assert file.startswith("data:") or (book / file).exists(), f"{name} needs {file}"
        order = [page.find("a", rel=rel) for rel in ("contents", "next", "prev")]
        assert any(order), f"{name} leads nowhere"


def test_it_is_small(book: Path) -> None:
    size = sum(file.stat().st_size for file in book.rglob("*") if file.is_file())
    assert size + OTHER_STATES < LARGEST


def test_what_has_not_changed_is_not_made_again(book: Path) -> None:
    def made() -> dict[Path, int]:
        return {
            file: file.stat().st_mtime_ns
            for file in book.rglob("*")
            if file.parent.name == "live" or file.name[:2].isdigit()
        }

    before = made()
    build(book, only=LIVE)
    assert made() == before

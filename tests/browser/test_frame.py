"""What every widget has from its frame: its name and its keys, and an end when it is taken away."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bare import Bench
from tests.browser.makers import MAKERS

NAMED = {"button", "region", "slider", "combobox", "textbox", "img", "grid"}
# A line of buttons under a cell: a heading of its own would stand between the chapter's.
STRIPS = {"Prediction", "SixtySeconds", "VerdictHelp"}
# Notes what goes on: observers and timers. What listens is read in the source: test_views.py.
WATCH = """
globalThis.alive = new Set();
for (const kind of [ResizeObserver, MutationObserver]) {
  const { observe, disconnect } = kind.prototype;
  kind.prototype.observe = function (...rest) {
    if (rest[0] !== document) alive.add(this); // Playwright watches the document
    observe.apply(this, rest);
  };
  kind.prototype.disconnect = function () { alive.delete(this); disconnect.call(this); };
}
for (const [begin, end] of [["setInterval", "clearInterval"], ["setTimeout", "clearTimeout"],
  ["requestAnimationFrame", "cancelAnimationFrame"]]) {
  const [began, ended] = [globalThis[begin], globalThis[end]];
  globalThis[begin] = (action, ...rest) => {
    const id = began((...told) => {
      if (begin !== "setInterval") alive.delete(name);
      action(...told);
    }, ...rest);
    const name = `${begin} ${id}`;
    alive.add(name);
    return id;
  };
  globalThis[end] = (id) => { alive.delete(`${begin} ${id}`); ended(id); };
}
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def watched(bench: Bench) -> Bench:
    bench.page.add_init_script(WATCH)
    return bench


@pytest.mark.parametrize("name", MAKERS)
def test_a_widget_that_is_taken_away_is_gone(watched: Bench, desk: Page, name: str) -> None:
    widget = watched.show(MAKERS[name]())
    expect(widget).to_have_attribute("data-theme", "light")
    for play in widget.get_by_role("button", name="Play", exact=False).all():
        play.click()
    assert desk.evaluate("alive.size") > 0
    desk.evaluate("globalThis.root = document.querySelector('.es-widget'); leave()")
    desk.wait_for_timeout(50)
    assert desk.evaluate("[...alive].map(String)") == []
    watched.set_theme("Dark")
    desk.wait_for_timeout(50)
    assert desk.evaluate("root.dataset.theme") == "light"


@pytest.mark.parametrize("name", MAKERS)
def test_a_screen_reader_is_told_its_title_and_its_keys(
    bench: Bench, desk: Page, name: str
) -> None:
    widget = MAKERS[name]()
    shown = bench.show(widget)
    nodes = desk.context.new_cdp_session(desk).send("Accessibility.getFullAXTree")["nodes"]
    told = [
        (node["role"]["value"], node.get("name", {}).get("value"))
        for node in nodes
        if "role" in node
    ]
    assert ("group" if name in STRIPS else "heading", widget.title) in told
    assert [role for role, said in told if role in NAMED and not said] == []

    legend = {
        key for kbd in shown.locator(".es-keys kbd").all_text_contents() for key in kbd.split()
    }
    known = {
        key
        for node in nodes
        for one in node.get("properties", [])
        if one["name"] == "keyshortcuts"
        for key in one["value"]["value"].split()
    }
    assert {key for key in legend if len(key) == 1 and key.isalpha()} <= known

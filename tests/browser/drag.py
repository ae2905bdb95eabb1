"""How smoothly the playhead follows the mouse: frames and the gaps between them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import quantiles

from playwright.sync_api import Locator

from tests.browser.lab import new_page, run_all, running_chromium, running_lab

POSITIONS = 300

RECORD_FRAMES = """
(widget) => {
  const times = [];
  const observer = new MutationObserver(() => times.push(performance.now()));
  observer.observe(widget, { attributes: true, attributeFilter: ["data-frames"] });
  window.stopRecording = () => {
    observer.disconnect();
    return times;
  };
}
"""


NOTEBOOK = """import eventsourcing_kit as es
from tests.widgets.sample import sample_histories
travel = es.widgets.TimeTravel(sample_histories())
travel"""


@dataclass(frozen=True)
class Drag:
    """What a drag over POSITIONS places painted: distinct frames, and the 95th-percentile gap."""

    frames: int
    gap_p95_ms: float


def measure_drag(widget: Locator) -> Drag:
    """Drag the widget's playhead over POSITIONS places from right to left."""
    page, slider = widget.page, widget.locator("[role=slider]")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    left, right = box["x"] + 80, box["x"] + box["width"] - 20
    y = box["y"] + box["height"] / 2
    page.mouse.move(right, y)
    page.mouse.down()
    page.wait_for_timeout(200)
    widget.evaluate(RECORD_FRAMES)
    for i in range(1, POSITIONS + 1):
        page.mouse.move(right - (right - left) * i / POSITIONS, y)
    page.wait_for_timeout(100)
    times: list[float] = page.evaluate("() => window.stopRecording()")
    page.mouse.up()
    gaps = [after - before for before, after in pairwise(times)]
    return Drag(frames=len(times), gap_p95_ms=quantiles(gaps, n=20)[-1])


def measure_in_lab(folder: Path) -> Drag:
    """A drag in a JupyterLab of its own, in an empty `folder`; for benchmarks."""
    with running_lab(folder) as lab, running_chromium() as browser, new_page(browser) as page:
        lab.open(page, lab.write("drag.ipynb", NOTEBOOK))
        run_all(page)
        widget = page.locator(".es-widget")
        measure_drag(widget)  # once to warm up
        return measure_drag(widget)

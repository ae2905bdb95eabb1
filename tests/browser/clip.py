"""The clip on top of the README: ten seconds with the slider. `python -m tests.browser.clip` films.

The widget is the real one on a bare page, moved by a mouse and a key. A still beside the clip, its
last frame, is for readers who want no motion. Equal code on one machine gives equal files.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Locator

import eventsourcing_kit as es
from eventsourcing_kit.event import parse_time
from tests.browser.bare import Bench
from tests.browser.lab import new_page, running_chromium

ROOT = Path(__file__).parents[2]
CLIP = ROOT / "notebooks/images/time_travel.gif"
STILL = CLIP.with_suffix(".png")
FRAME = 100  # milliseconds
COLOURS = 48
SALARY = 72  # version of the event that is switched off: September 2024, 3,340.00 EUR
LEFT, RIGHT = 74, 16  # of the curve within the slider, in pixels

# A mouse pointer and the key that was pressed: a screenshot has neither.
PROPS = """
() => {
  const style = "position: fixed; top: 0; left: 0; z-index: 9; pointer-events: none; ";
  const pointer = document.createElement("div");
  pointer.style = style + "width: 16px; height: 16px; margin: -8px; border-radius: 50%; "
    + "border: 3px solid #b84f00";
  const key = document.createElement("kbd");
  key.style = style + "padding: 2px 12px; border-radius: 6px; border: 2px solid #b84f00; "
    + "background: #fff; color: #b84f00; font: 700 24px system-ui";
  document.body.append(pointer, key);
  window.showProps = (x, y, text) => {
    pointer.style.transform = `translate(${x}px, ${y}px)`;
    key.textContent = text;
    key.hidden = !text;
    key.style.transform = `translate(${x + 24}px, ${y - 16}px)`;
  };
}
"""


def amaras_account() -> tuple[es.widgets.TimeTravel, float]:
    """What chapter 00 shows, and where on its axis, from 0 to 1, the salary is."""
    bank = es.open_store(":memory:")
    es.load_jsonl(bank, ROOT / "data/bank.jsonl")
    accounts = es.replay.histories(bank, es.banking.account)
    travel = es.widgets.TimeTravel(accounts, account="account-1007", title="Amara's account")
    [salary] = bank.read_stream("account-1007", from_version=SALARY, to_version=SALARY)
    start, end = (parse_time(name, getattr(travel, name)) for name in ("start", "end"))
    return travel, (salary.recorded_at - start) / (end - start)


def scene(widget: Locator, there: float) -> Iterator[None]:
    """Back through the time and to a salary; X, and on to the end without it. A frame each."""
    page = widget.page
    box = widget.locator("[role=slider]").bounding_box()
    assert box is not None
    page.evaluate(PROPS)

    def show(part: float, key: str = "") -> None:
        x = box["x"] + LEFT + part * (box["width"] - LEFT - RIGHT)
        page.mouse.move(x, box["y"] + 60)
        page.evaluate("(props) => showProps(...props)", [x, box["y"] + 60, key])
        page.evaluate("() => new Promise(requestAnimationFrame)")

    def drag(start: float, end: float, frames: int) -> Iterator[None]:
        for i in range(1, frames + 1):
            show(start + (end - start) * (1 - (1 - i / frames) ** 2))  # slower towards its end
            yield

    def hold(part: float, frames: int, key: str = "") -> Iterator[None]:
        for _ in range(frames):
            show(part, key)
            yield

    yield from hold(1, 6)
    page.mouse.down()
    yield from drag(1, 0.2, 22)
    yield from drag(0.2, there, 16)
    page.mouse.up()
    page.mouse.down()  # a click is an event's, not a moment's
    page.mouse.up()
    yield from hold(there, 8)
    page.keyboard.press("x")
    yield from hold(there, 12, "X")
    page.mouse.down()
    yield from drag(there, 1, 16)
    page.mouse.up()
    yield from hold(1, 20)


def film(folder: Path) -> list[Image.Image]:
    """The frames of the scene."""
    with running_chromium() as browser, new_page(browser) as page:
        page.set_viewport_size({"width": 896, "height": 560})
        travel, there = amaras_account()
        widget = Bench(page, folder).show(travel)
        return [picture(widget) for _ in scene(widget, there)]


def picture(widget: Locator) -> Image.Image:
    return Image.open(BytesIO(widget.screenshot())).convert("RGB")


def write(frames: list[Image.Image]) -> None:
    """The clip, of few colours and without dithering, so that little changes between frames."""
    palette = frames[-1].quantize(COLOURS, dither=Image.Dither.NONE)
    first, *rest = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in frames]
    first.save(CLIP, save_all=True, append_images=rest, duration=FRAME, loop=0, optimize=False)
    frames[-1].quantize(256, dither=Image.Dither.NONE).save(STILL, optimize=True)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        write(film(Path(folder)))
    print(f"{CLIP}: {CLIP.stat().st_size / 1e6:.2f} MB")

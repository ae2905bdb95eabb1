"""The clip on top of the README, as it is kept, and the scene that it shows."""

from PIL import Image, ImageSequence
from playwright.sync_api import Page, expect

from tests.browser.bare import Bench
from tests.browser.clip import CLIP, ROOT, SALARY, STILL, amaras_account, scene


def test_it_is_short_and_small() -> None:
    assert CLIP.stat().st_size < 2_000_000
    with Image.open(CLIP) as clip:
        milliseconds = [frame.info["duration"] for frame in ImageSequence.Iterator(clip)]
        assert len(milliseconds) > 40
        assert 9_000 <= sum(milliseconds) <= 11_000
        with Image.open(STILL) as still:
            assert still.size == clip.size


def test_who_wants_no_motion_gets_the_still() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    still = f'media="(prefers-reduced-motion: reduce)" srcset="notebooks/images/{STILL.name}"'
    assert f"<source {still}>" in readme
    assert f'src="notebooks/images/{CLIP.name}"' in readme


def test_in_the_scene_a_salary_is_switched_off(bench: Bench, desk: Page) -> None:
    desk.set_viewport_size({"width": 896, "height": 560})
    travel, there = amaras_account()
    widget = bench.show(travel)
    for _ in scene(widget, there):
        pass
    expect(widget).to_have_attribute("data-index", "152")
    bench.rest()
    assert len(travel.off) == 1
    off = widget.locator(".es-off-list")
    expect(off).to_have_text(f"MoneyDeposited, version {SALARY} ✕")

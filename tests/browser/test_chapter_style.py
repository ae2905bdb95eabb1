"""A chapter in the JupyterLab that `make lab` opens: lines to read, and a call with a face."""

from __future__ import annotations

from io import BytesIO
from statistics import median

from matplotlib.image import imread
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Lab, screenshot, set_theme

MOST = 100  # characters of a line, of which the widest has a few more than the ninety aimed at


def test_a_chapters_prose_is_narrow_and_its_call_stands_out(lab: Lab, page: Page) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    lab.open(page, "notebooks/04_aggregates_and_replay.ipynb")
    call = page.locator("blockquote", has_text="The call.")
    expect(call).to_have_css("border-left-width", "5px")
    assert "☎" in call.evaluate("one => getComputedStyle(one, '::before').content")
    widths = page.locator(".jp-MarkdownOutput > p").evaluate_all(
        """all => all.map((one) => {
          const lines = Math.round(one.clientHeight / parseFloat(getComputedStyle(one).lineHeight));
          return one.innerText.length / Math.max(1, lines);
        })"""
    )
    assert len(widths) > 40
    assert max(widths) <= MOST
    for theme in ("Dark", "Light"):
        set_theme(page, theme)
        screenshot(page, f"chapter-style-{theme.lower()}")


def test_a_prediction_and_its_question_belong_together(lab: Lab, page: Page) -> None:
    lab.open(page, "notebooks/04_aggregates_and_replay.ipynb")
    question = page.locator(".jp-MarkdownOutput > p", has_text="which event is the last of them?")
    expect(question).to_have_css("border-left-width", "5px")


def brightness(picture: Locator) -> tuple[float, float]:
    """From 0 to 1, of most of the picture, and of what differs from that the most."""
    pixels = imread(BytesIO(picture.screenshot()))[..., :3].mean(axis=2).ravel()
    ground = float(median(pixels))
    return ground, float(max(pixels, key=lambda one: abs(one - ground)))


def test_pictures_are_light_on_a_light_page_and_dark_on_a_dark_one(lab: Lab, page: Page) -> None:
    lab.open(page, "notebooks/16_interview_room.ipynb")
    pictures = page.locator('.jp-OutputArea-output img[src^="data:image/svg+xml"]')
    shown = [one for one in pictures.all() if one.is_visible()]
    assert len(shown) >= 2
    for theme, forced, scheme in (
        ("Light", "none", "light"),
        ("Dark", "none", "light"),
        ("Dark", "active", "light"),
        ("Light", "active", "dark"),
    ):
        set_theme(page, theme)
        page.emulate_media(forced_colors=forced, color_scheme=scheme)  # type: ignore[arg-type]
        is_dark = scheme == "dark" if forced == "active" else theme == "Dark"
        for picture in shown:
            ground, ink = brightness(picture)
            assert ground < 0.15 if is_dark else ground > 0.9
            assert abs(ink - ground) > 0.6
    screenshot(page, "chapter-style-pictures-forced")

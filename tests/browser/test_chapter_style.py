"""A chapter in the JupyterLab that `make lab` opens: lines to read, and a call with a face."""

from __future__ import annotations

from playwright.sync_api import Page, expect

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

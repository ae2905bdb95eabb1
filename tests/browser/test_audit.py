"""The audit sees what is wrong: each of its questions, put to a page with one planted fault."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from tests.browser import audit


def shown(page: Page, html: str) -> Locator:
    page.set_content(f'<main class="es-widget" role="group" aria-label="A">{html}</main>')
    return page.locator(".es-widget")


def test_pale_text_and_a_control_without_a_name(page: Page) -> None:
    shown(page, "<p>all is well</p><button>Play</button>")
    assert audit.accessibility(page) == []
    assert list(audit.nameless(page)) == []
    shown(page, '<p style="color: #aaa; background: #fff">pale</p><button></button>')
    pale, nameless = sorted(audit.accessibility(page), reverse=True)
    assert pale.startswith("color-contrast: 1 times")
    assert nameless.startswith("button-name: 1 times")
    assert list(audit.nameless(page)) == ["button"]


def test_text_that_is_cut_off(page: Page) -> None:
    narrow = "width: 40px; white-space: nowrap; overflow: {}"
    text = "more than forty pixels of text"
    cut = shown(page, f'<p style="{narrow.format("hidden")}">{text}</p>')
    assert audit.cut_off(cut) == [text]
    scrolls = shown(page, f'<p style="{narrow.format("auto")}">{text}</p>')
    assert audit.cut_off(scrolls) == []
    told = shown(page, f'<p style="{narrow.format("hidden")}" title="{text}">{text}</p>')
    assert audit.cut_off(told) == []
    label = '<svg width="50" height="20"><text x="30" y="15">beyond the edge</text></svg>'
    assert audit.cut_off(shown(page, label)) == ["beyond the edge"]


def test_what_lies_over_something_else(page: Page) -> None:
    beside = shown(page, "<button>one</button><button>two</button>")
    assert audit.covered(beside) == []
    over = shown(page, '<button>one</button><button style="margin-left: -20px">two</button>')
    assert audit.covered(over) == ["one / two"]
    labels = (
        '<svg width="99" height="20"><text y="15">one</text><text x="9" y="15">two</text></svg>'
    )
    assert audit.covered(shown(page, labels)) == ["one / two"]


def test_what_moves(page: Page) -> None:
    still = shown(page, '<p class="still">here</p>')
    assert audit.height(still) > 0
    assert audit.still_moving(page) == []
    shown(page, '<p class="goes" style="transition: margin 9s">here</p>')
    page.evaluate("() => document.querySelector('.goes').offsetLeft")
    page.evaluate("() => { document.querySelector('.goes').style.marginLeft = '99px' }")
    assert audit.still_moving(page) == ["goes"]


def test_two_pictures_of_the_same_place(page: Page) -> None:
    one = shown(page, "<p>the first of May</p>").screenshot()
    again = shown(page, "<p>the first of May</p>").screenshot()
    other = shown(page, "<p>the last of May</p>").screenshot()
    assert audit.differs(one, again) == 0
    assert audit.differs(one, other) >= 40

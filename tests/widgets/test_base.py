"""Every widget leaves a picture that stands in for it wherever no kernel knows it."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from eventsourcing_kit.drawing.svg import document
from eventsourcing_kit.widgets.base import WIDGET_VIEW, Widget, is_still


class Dot(Widget):
    _esm = "export default { render() {} };"

    def picture(self) -> str:
        return document(20, 20, "A <dot>", repr(self), "<circle/>")

    def __repr__(self) -> str:
        return "Dot(it is small)"


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a notebook is given, in order."""
    given: list[Any] = []
    monkeypatch.setattr("IPython.display.publish_display_data", lambda data: given.append(data))
    return given


def test_the_picture_comes_first_and_then_the_widget_alone(published: list[Any]) -> None:
    Dot()._ipython_display_()
    still, view = published
    assert is_still(still)
    assert still.keys() == {"text/html", "image/svg+xml", "text/plain"}
    assert view.keys() == {WIDGET_VIEW}
    assert not is_still(view)


def test_the_picture_says_what_it_is_and_how_it_comes_to_life(published: list[Any]) -> None:
    Dot()._ipython_display_()
    html = ET.fromstring(f"<all>{published[0]['text/html']}</all>")
    image, line = html.find("div/img"), html.find("div/p")
    assert image is not None
    assert image.get("alt") == "A <dot>. it is small."
    assert published[0]["text/plain"] == "Dot(it is small)"
    assert line is not None
    assert line.text == "Picture. Run this cell to make it live."

"""Plots: the same bytes for the same figure, and words beside every picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import eventsourcing_kit as es
from eventsourcing_kit.drawing.plots import COLOURS, Picture


def drawn(description: str) -> Picture:
    figure, axes = es.plots.subplots()
    axes.step([1, 2, 3], [5, 4, 6], label="balance")
    axes.legend()
    return es.plots.picture(figure, description)


def test_a_picture_has_its_description() -> None:
    description = 'A line that falls <fast> & "rises"'
    root = ET.fromstring(drawn(description).svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == description
    assert root[0].text == description
    assert repr(drawn("A line")) == "<Picture: A line>"


def test_a_notebook_gets_it_with_an_alt_text() -> None:
    bundle = drawn('A "line"')._repr_mimebundle_()
    assert bundle["text/html"].startswith('<img alt="A &quot;line&quot;" src="data:image/svg+xml;')
    assert bundle["image/svg+xml"].startswith("<svg")


def test_the_same_figure_gives_the_same_bytes() -> None:
    assert drawn("A line").svg == drawn("A line").svg


def test_a_finished_figure_is_closed() -> None:
    import matplotlib.pyplot as plt

    drawn("A line")
    assert plt.get_fignums() == []


def test_the_palette_is_used() -> None:
    assert COLOURS[0].lower() in drawn("A line").svg

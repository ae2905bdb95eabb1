"""Prose has one sentence a line, and breaking it so changes nothing that a reader sees."""

from pathlib import Path

import mistune
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.prose import crowded, one_sentence_a_line

YAML = sorted((Path(__file__).parents[1] / "data").rglob("*.y*ml"))

SCRAPS = st.sampled_from(
    [
        "It is.",
        "Is it?",
        '"No."',
        "`a. B`",
        "e.g. A",
        "**So.**",
        "\n",
        "\n\n",
    ]
)


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_data_has_one_sentence_a_line(path: Path) -> None:
    assert list(crowded(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("markdown", "spread"),
    [
        ("One. Two.", "One.\nTwo."),
        ("One is\nnot two.", "One is not two."),
        ("It cost 3.50 EUR, i.e. little.", "It cost 3.50 EUR, i.e. little."),
        ('"Is it?" she asked.', '"Is it?" she asked.'),
        ("**Predict:** is it? Run it.", "**Predict:** is it?\nRun it."),
        ("- One. Two.\n- Three.", "- One.\n  Two.\n- Three."),
        ("1. One. Two.", "1. One.\n   Two."),
        ("> One. Two\n> is it.", "> One.\n> Two is it."),
        ("See `a. B` and [a. B](c).", "See `a. B` and [a. B](c)."),
        ("# One. Two.", "# One. Two."),
        ("| One. Two. |", "| One. Two. |"),
        ("```\nOne. Two.\n```", "```\nOne. Two.\n```"),
    ],
)
def test_a_line_for_each_sentence(markdown: str, spread: str) -> None:
    assert one_sentence_a_line(markdown) == spread
    assert one_sentence_a_line(spread) == spread


@pytest.mark.parametrize(
    "source", ["- a: >-\n    One. Two.\n", "a: One. Two.\n", "- a\n- One. B.\n"]
)
def test_crowded_data_is_found(source: str) -> None:
    assert len(list(crowded(source))) == 1


@pytest.mark.parametrize("source", ["a: |\n  One. Two.\n", "a: >-\n  One.\n  Two.\n", "a: One.\n"])
def test_data_that_is_spread_or_literal_passes(source: str) -> None:
    assert list(crowded(source)) == []


@given(st.lists(SCRAPS).map(" ".join))
def test_spreading_is_done_once(markdown: str) -> None:
    spread = one_sentence_a_line(markdown)
    assert one_sentence_a_line(spread) == spread


@given(
    st.lists(st.sampled_from(["It is.", "Is it?", "So", "*that.*", "e.g. A", "\n"])).map(" ".join)
)
def test_spreading_shows_the_same(markdown: str) -> None:
    shown = str(mistune.html(markdown)).split()
    assert str(mistune.html(one_sentence_a_line(markdown))).split() == shown

"""A verdict reads well as text and as HTML, and what comes from events is only ever text."""

from bs4 import BeautifulSoup

from eventsourcing_kit.exercises.verdict import RIGHT, WRONG, Line, Table, Verdict

HOSTILE = "<img src=x onerror=alert(1)>"
WRONG_ONE = Verdict(
    WRONG,
    f"Exercise 4.1: {HOSTILE}",
    f"You added {HOSTILE}.",
    line=Line(3, __file__),
    evidence=Table(("", "event"), (("1", HOSTILE), ("2", "x"))),
    facts=(("Expected", HOSTILE), ("Got", "one\ntwo")),
)


def test_text_has_the_outcome_the_message_and_an_aligned_table() -> None:
    told = Verdict(
        WRONG,
        "Exercise 4.1: Fold",
        "You added it.",
        evidence=Table(("", "event"), (("1", "MoneyDeposited"),)),
        facts=(("Expected", "1"), ("Got", "one\ntwo")),
    )
    assert repr(told).splitlines() == [
        "✗ Wrong · Exercise 4.1: Fold",
        "You added it.",
        "     event",
        "  ─  ──────────────",
        "  1  MoneyDeposited",
        "Expected: 1",
        "Got: ",
        "  one",
        "  two",
    ]


def test_html_escapes_everything() -> None:
    page = BeautifulSoup(WRONG_ONE._repr_html_(), "html.parser")
    assert not page.find("img")
    assert page.get_text().count(HOSTILE) == 4


def test_html_tells_the_outcome_in_words_and_names_its_columns() -> None:
    page = BeautifulSoup(WRONG_ONE._repr_html_(), "html.parser")
    assert "Wrong" in page.get_text()
    assert {cell["scope"] for cell in page.find_all("th")} == {"col"}
    [status] = page.select("[role=status]")
    assert status.find("table")


def test_backticks_in_a_message_are_code_in_html() -> None:
    told = Verdict(WRONG, "", "Use `a < b` here.")
    assert "<code>a &lt; b</code> here." in told._repr_html_()
    assert "`a < b`" in repr(told)


def test_a_line_shows_its_source_where_it_is_known() -> None:
    assert str(Line(1, __file__)).startswith('line 1: """A verdict reads well')
    assert str(Line(7, "nowhere")) == "line 7"


def test_only_right_is_true() -> None:
    assert Verdict(RIGHT, "", "")
    assert not WRONG_ONE

"""Each bug is one: its code shows the fault when it runs, and its cure does not."""

from __future__ import annotations

import difflib

import pytest

import eventsourcing_kit as es
from eventsourcing_kit import journal
from eventsourcing_kit.interview.corpus import Bug, load
from eventsourcing_kit.interview.hunt import Hunt, following, plain, run

BUGS = load().bugs
every_bug = pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.id)


@every_bug
def test_the_faulty_code_shows_its_fault(bug: Bug) -> None:
    assert run(bug, bug.code) == plain(bug.seen_wrong)


@every_bug
def test_the_cure_is_right(bug: Bug) -> None:
    assert run(bug, bug.cure) == plain(bug.seen_right)
    assert plain(bug.seen_right) != plain(bug.seen_wrong)


@every_bug
def test_it_is_short_enough_to_read(bug: Bug) -> None:
    lines = bug.code.rstrip("\n").split("\n")
    assert 10 <= len(lines) <= 20
    assert max(map(len, lines)) <= 88


@every_bug
def test_the_cure_changes_the_line_that_is_named(bug: Bug) -> None:
    before, after = bug.code.rstrip().splitlines(), bug.cure.rstrip().splitlines()
    changed = set()
    for kind, start, end, _, _ in difflib.SequenceMatcher(a=before, b=after).get_opcodes():
        if kind == "insert":
            changed |= {start, start + 1}  # between these two
        elif kind != "equal":
            changed |= set(range(start + 1, end + 1))
    assert changed & set(bug.faulty_lines), (changed, bug.faulty_lines)
    assert set(bug.faulty_lines) <= set(range(1, len(before) + 1))


def test_both_languages_are_there() -> None:
    assert {bug.language for bug in BUGS} == {"python", "sql"}


# --- the hunt ------------------------------------------------------------------------------------

BUG = BUGS[0]
WRONG = next(line for line in range(1, 20) if line not in BUG.faulty_lines)


def test_a_wrong_line_is_said_to_be_wrong_and_nothing_is_given_away() -> None:
    hunt = Hunt(BUG)
    assert not hunt.guess(WRONG)
    assert hunt.outcome == f"not in line {WRONG}"
    assert (hunt.view()["marked"], hunt.view()["after"]) == ([], [])


def test_the_right_line_shows_why_and_runs_it() -> None:
    hunt = Hunt(BUG)
    hunt.guess(WRONG)
    assert hunt.guess(BUG.faulty_lines[0])
    view = hunt.view()
    assert hunt.outcome.endswith("2 tries")
    assert view["after"][1]["items"] == [
        f"faulty: `{plain(BUG.seen_wrong)!r}`", f"cured: `{plain(BUG.seen_right)!r}`",
    ]  # fmt: skip
    assert view["cure"]["code"] == BUG.cure.rstrip("\n")


def test_wrong_lines_stay_marked_and_the_same_one_is_no_other_try() -> None:
    hunt = Hunt(BUG)
    before = len(journal.events())
    hunt.guess(WRONG)
    hunt.guess(WRONG)
    assert hunt.view()["wrong"] == [WRONG]
    assert len(journal.events()) == before + 1
    hunt.guess(BUG.faulty_lines[0])
    assert hunt.outcome.endswith("2 tries")
    assert hunt.view()["wrong"] == [WRONG]


def test_a_hint_comes_when_it_is_asked_for() -> None:
    hunt = Hunt(BUG)
    assert hunt.view()["hint"] == ""
    hunt.do({"hint": True})
    assert hunt.view()["hint"] == BUG.hint


def test_what_is_shown_cannot_be_found_any_more() -> None:
    hunt = Hunt(BUG)
    hunt.do({"show": True})
    assert not hunt.guess(BUG.faulty_lines[0])
    assert hunt.outcome == "shown"


@pytest.mark.parametrize("line", [0, 21, "3", 2.0, None, True])
def test_a_line_that_is_not_there_is_refused(line: object) -> None:
    with pytest.raises(es.InvalidInput):
        Hunt(BUG).guess(line)  # type: ignore[arg-type]


def test_each_guess_is_an_event() -> None:
    before = len(journal.events())
    Hunt(BUG).guess(WRONG)
    [event] = journal.events()[before:]
    assert (event.type, event.data["line"], event.data["right"]) == ("BugSought", WRONG, False)


# --- one of many ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [BUG.number, BUG.title, BUG.id])
def test_a_bug_is_known_by_its_number_by_its_title_and_by_the_id_of_old_notebooks(
    name: int | str,
) -> None:
    assert es.interview.spot(name).view["name"] == f"Bug {BUG.number} · {BUG.title}"


@pytest.mark.parametrize("name", ["nothing", 0, 1000, True, 1.0, ""])
def test_an_unknown_name_says_which_there_are(name: object) -> None:
    with pytest.raises(es.InvalidInput, match=f"1 to {len(BUGS)}"):
        es.interview.spot(name)  # type: ignore[arg-type]


def test_no_name_that_a_learner_sees_gives_the_answer() -> None:
    """An id names the cause; what is shown of a bug names what was seen."""
    listed = repr(es.interview.bugs())
    for bug in BUGS:
        desk = es.interview.spot(bug.number)
        [card] = [one for one in es.interview.cards(kind="bug") if one.id == bug.id]
        for shown in (listed, repr(desk), desk.picture(), repr(desk.view), repr(card)):
            assert bug.id not in shown
        for word in bug.words:
            assert word.lower() not in bug.title.lower()


def test_without_a_name_it_is_the_first_that_was_never_found() -> None:
    assert es.interview.spot().view["name"] == BUG.heading
    Hunt(BUG).guess(WRONG)
    assert es.interview.spot().view["name"] == BUG.heading
    Hunt(BUG).guess(BUG.faulty_lines[0])
    assert es.interview.spot().view["name"] == BUGS[1].heading
    assert es.interview.bugs()[BUG.number].startswith(f"✓ {BUG.title}")


def test_the_next_one_comes_when_this_one_is_known() -> None:
    hunt = Hunt(BUG, BUGS)
    assert hunt.view()["next"] == "", "not before"
    hunt.do({"hint": True})
    hunt.guess(BUG.faulty_lines[0])
    assert hunt.view()["next"] == BUGS[1].heading
    hunt.do({"next": True})
    view = hunt.view()
    assert (view["name"], view["outcome"]) == (BUGS[1].heading, "not found yet")
    assert (view["hint"], view["wrong"], view["cure"]) == ("", [], None)


def test_the_next_one_goes_round_and_ends_where_all_are_found() -> None:
    last = BUGS[-1]
    assert following(BUGS, last) == BUG
    for bug in BUGS:
        Hunt(bug).guess(bug.faulty_lines[0])
    assert following(BUGS, last) is None
    assert es.interview.spot().view["name"] == BUG.heading

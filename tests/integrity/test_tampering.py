"""The nine attacks, and the matrix of who notices them: every number of the page is a real run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.integrity.tampering import (
    ATTACKS,
    COLUMNS,
    DEFENCES,
    RING,
    Cell,
    Lab,
    matrix,
    places,
)

PAGE = Path(__file__).parents[2] / "facts" / "tampering.md"
ALL = frozenset(DEFENCES[1:])
SIGNED = frozenset({"chain", "signature"})


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("lab"), 16) as made:
        yield made


def some_place(name: str) -> int:
    return places(ATTACKS[name], 16)[2]


def row(name: str, cells: dict[str, Cell]) -> str:
    told = (
        f"{cell.noticed}" + (f" ({cell.exact})" if cell.noticed and column != "trigger" else "")
        for column, cell in cells.items()
    )
    return f"| {' | '.join([name, *told])} |"


def test_the_matrix_is_that_of_the_page(tmp_path: Path) -> None:
    found = matrix(tmp_path)
    page = PAGE.read_text("utf-8")
    assert f"| attack | {' | '.join(COLUMNS)} |" in page
    rows = re.findall(r"^\| (?:change|delete|swap|insert|move|cut|two) .*$", page, re.MULTILINE)
    assert rows == [row(name, cells) for name, cells in found.items()]


def test_there_are_nine() -> None:
    assert len(ATTACKS) == 9


@pytest.mark.parametrize("name", ATTACKS)
def test_without_a_defence_nobody_notices_and_with_all_somebody_does(lab: Lab, name: str) -> None:
    made = lab.attack(name, some_place(name))
    assert made.before != made.after
    assert made.noticed[frozenset()] is None
    assert made.noticed[ALL] is not None
    assert len(made.noticed) == 16


@pytest.mark.parametrize("name", ATTACKS)
def test_the_trigger_refuses_a_writer_who_may_not_drop_it(lab: Lab, name: str) -> None:
    refused = lab.attack(name, some_place(name), sets=[]).refused
    assert ("append-only" in refused) is (name != "two histories")


@pytest.mark.parametrize("name", ATTACKS)
def test_the_bank_is_afterwards_what_it_was(lab: Lab, name: str) -> None:
    lab.attack(name, some_place(name), rehash=True, sets=[])
    assert lab.attack("change an amount", 5, sets=[]).before == lab.events
    with duckdb.connect(str(lab.path)) as same:
        [(count,)] = same.execute("SELECT count(*) FROM duckdb_triggers()").fetchall()
        [(events,)] = same.execute("SELECT count(*) FROM events").fetchall()
    assert (count, events) == (2, 16)


def test_hashes_need_no_key(lab: Lab) -> None:
    plain = lab.attack("change an amount", 5)
    careful = lab.attack("change an amount", 5, rehash=True)
    chain = frozenset({"chain"})
    assert plain.noticed[chain] is not None
    assert careful.noticed[chain] is None
    notice = careful.noticed[SIGNED]
    assert notice is not None
    assert (notice.by, notice.position, notice.exact) == ("chain and signature", 6, True)


def test_a_stolen_key_is_noticed_by_the_witness_alone(lab: Lab) -> None:
    made = lab.attack("cut the tail, sign again", 12)
    assert made.noticed[SIGNED | {"checkpoint"}] is None
    assert made.note != lab.note
    shown = es.integrity.open_checkpoint(made.note, RING).checkpoint
    assert shown.size == 12
    notice = made.noticed[ALL]
    assert notice is not None
    assert notice.by == "witness"
    assert "16 events" in notice.said


def test_two_histories_are_a_split_view(lab: Lab) -> None:
    made = lab.attack("two histories", 9)
    assert made.noticed[SIGNED | {"checkpoint"}] is None
    notice = made.noticed[frozenset({"witness"})]
    assert notice is not None
    assert notice.by == "witness"
    assert len(made.after) == 16


def test_a_checkpoint_knows_that_and_not_where(lab: Lab) -> None:
    notice = lab.attack("delete one from the middle", 6).noticed[frozenset({"checkpoint"})]
    assert notice is not None
    assert (notice.by, notice.position, notice.exact) == ("checkpoint", None, None)


def test_what_was_not_looked_at_is_told(lab: Lab) -> None:
    made = lab.attack("cut the tail", 12)
    assert "no checkpoint" in " ".join(made.not_checked[SIGNED])
    assert "no checkpoint" in " ".join(made.not_checked[frozenset({"chain"})])
    assert "checkpoint" not in " ".join(made.not_checked[frozenset({"chain", "checkpoint"})])
    assert made.noticed[SIGNED] is None


@pytest.mark.parametrize(("name", "place"), [("change an amount", 0), ("cut the tail", 3)])
def test_a_place_where_an_attack_has_none_is_refused(lab: Lab, name: str, place: int) -> None:
    with pytest.raises(es.InvalidInput, match="place"):
        lab.attack(name, place)


def test_a_bank_too_small_is_refused(tmp_path: Path) -> None:
    with pytest.raises(es.InvalidInput, match="events"):
        Lab(tmp_path, 3)

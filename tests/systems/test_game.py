"""Connect Four: rules, replays, undo, and cheats found by deciding again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.decider import fold
from eventsourcing_kit.systems import game as g

ANN_AND_BEN = g.GameStarted(("ann", "ben"))


def play(columns: list[int]) -> list[g.GameEvent]:
    """The events of a game in which these columns are tried in turn; a full one is skipped."""
    events: list[g.GameEvent] = [ANN_AND_BEN]
    for column in columns:
        state = fold(g.evolve, events, g.Game())
        if state.winner:
            break
        try:
            events += g.decide(g.Drop(state.turn, column), state)
        except g.NotAllowed:
            continue
    return events


COLUMNS = st.lists(st.integers(1, 7), max_size=42)


@pytest.mark.parametrize(
    "columns",
    [
        [1, 2, 1, 2, 1, 2, 1],  # a column
        [1, 1, 2, 2, 3, 3, 4],  # a row
        [1, 2, 2, 3, 3, 4, 3, 4, 4, 6, 4],  # a rising diagonal
        [7, 6, 6, 5, 5, 4, 5, 4, 4, 2, 4],  # a falling one
        [1, 1, 2, 2, 4, 4, 3],  # the last piece falls in the middle
    ],
)
def test_four_in_a_line_win(columns: list[int]) -> None:
    assert play(columns)[-1] == g.GameWon("ann")


def test_three_do_not_win() -> None:
    assert fold(g.evolve, play([1, 1, 2, 2, 3]), g.Game()).winner == ""


@pytest.mark.parametrize(
    ("command", "columns"),
    [
        (g.Drop("ben", 1), []),
        (g.Drop("eve", 1), []),
        (g.Drop("ann", 0), []),
        (g.Drop("ann", 8), []),
        (g.Drop("ann", 1), [1, 1, 1, 1, 1, 1]),
        (g.Drop("ben", 5), [1, 2, 1, 2, 1, 2, 1]),
        (g.TakeBack("ann"), []),
        (g.TakeBack("ann"), [1, 2]),
        (g.Start(("ann", "ben")), []),
    ],
)
def test_what_the_rules_do_not_allow(command: g.GameCommand, columns: list[int]) -> None:
    with pytest.raises(g.NotAllowed):
        g.decide(command, fold(g.evolve, play(columns), g.Game()))


def test_a_player_plays_only_somebody_else() -> None:
    with pytest.raises(g.NotAllowed):
        g.decide(g.Start(("ann", "ann")), g.Game())


@given(COLUMNS)
def test_taking_back_gives_the_game_before(columns: list[int]) -> None:
    events = play(columns)
    state = fold(g.evolve, events, g.Game())
    if state.winner or not state.moves:
        return
    mover = state.players[(len(state.moves) - 1) % 2]
    after = fold(g.evolve, g.decide(g.TakeBack(mover), state), state)
    assert after.moves == state.moves[:-1]


@given(COLUMNS)
def test_no_honest_game_is_a_cheat(columns: list[int]) -> None:
    assert g.first_cheat(play(columns)) is None


@given(COLUMNS.filter(bool), st.data())
def test_a_changed_move_is_found_at_its_place_or_where_it_tells(
    columns: list[int], data: st.DataObject
) -> None:
    events = play(columns)
    at = data.draw(st.integers(1, len(events) - 1))
    event = events[at]
    match event:
        case g.PieceDropped(player, column):
            other = "ben" if player == "ann" else "ann"
            events[at] = g.PieceDropped(other, column)
        case _:
            events[at] = g.GameWon("eve")
    assert g.first_cheat(events) == at + 1


def test_a_win_that_was_left_out_is_a_cheat() -> None:
    events = play([1, 2, 1, 2, 1, 2, 1])
    assert g.first_cheat(events[:-1]) == len(events)


def test_a_win_that_nobody_had_is_one() -> None:
    assert g.first_cheat([ANN_AND_BEN, g.GameWon("ann")]) == 2


def test_the_board_can_be_read() -> None:
    board = str(fold(g.evolve, play([4, 4, 1]), g.Game())).splitlines()
    assert board[-1] == "X . . X . . ."
    assert board[-2] == ". . . O . . ."
    assert len(board) == 6


def test_each_game_is_decided_by_the_rules_it_was_started_with() -> None:
    honest: list[g.GameEvent] = [ANN_AND_BEN, g.PieceDropped("ann", 1), g.MoveTakenBack("ann")]
    assert g.first_cheat(honest) is None
    assert g.first_cheat([g.GameStarted(("ann", "ben"), rules=2), *honest[1:]]) == 3


def test_a_game_from_before_the_rules_had_a_version_is_played_by_the_first() -> None:
    stored = g.game.event_types.encode(ANN_AND_BEN)
    assert stored.data["rules"] == 1
    old = es.NewEvent("GameStarted", {"players": ["ann", "ben"]})
    with es.open_store(":memory:") as store:
        store.append("game-1", [old], es.NO_STREAM)
        assert g.game.event_types.decode(store.read_stream("game-1")[0]) == ANN_AND_BEN


def test_there_is_no_game_without_rules() -> None:
    with pytest.raises(g.NotAllowed):
        g.decide(g.Start(("ann", "ben"), rules=3), g.Game())
    assert g.first_cheat([g.GameStarted(("ann", "ben"), rules=3)]) == 1

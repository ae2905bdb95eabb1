"""A game, Connect Four: moves are events, a replay is the game, and a cheat is found by deciding
each move again.

A stream is one game ("game-7"). It is short and it ends, so nothing here needs a snapshot; what
many games together tell (ratings, openings) is what projections are for. Rules are checked by
`decide`, on the server. The log that a client sends is a claim: `first_cheat` says where it
departs from what the rules allow. Rules change, so a game's first event says which ones it is
played by, and each of its moves is decided by these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never

from ..codec import EventTypes
from ..decider import Decider
from ..errors import DomainError

COLUMNS, ROWS = 7, 6
SIGNS = "XO"


@dataclass(frozen=True)
class Rules:
    in_a_row: int  # so many win
    take_back: bool  # whether one's last move can be taken back


RULES: Final = {1: Rules(in_a_row=4, take_back=True), 2: Rules(in_a_row=4, take_back=False)}
"""The rules by their version. One that a game was played by is never changed: there is a next."""


@dataclass(frozen=True)
class GameStarted:
    players: tuple[str, str]
    rules: int = 1  # their version; the first games did not say it


@dataclass(frozen=True)
class PieceDropped:
    player: str
    column: int  # from 1


@dataclass(frozen=True)
class MoveTakenBack:
    player: str


@dataclass(frozen=True)
class GameWon:
    player: str


GameEvent = GameStarted | PieceDropped | MoveTakenBack | GameWon


@dataclass(frozen=True)
class Start:
    players: tuple[str, str]
    rules: int = 1


@dataclass(frozen=True)
class Drop:
    player: str
    column: int


@dataclass(frozen=True)
class TakeBack:
    player: str


GameCommand = Start | Drop | TakeBack


@dataclass(frozen=True)
class Game:
    """A game after some moves: `moves` are the columns that count, the oldest first."""

    players: tuple[str, ...] = ()
    moves: tuple[int, ...] = ()
    winner: str = ""
    rules: int = 1

    @property
    def turn(self) -> str:
        """Whose move it is."""
        return self.players[len(self.moves) % 2]

    @property
    def board(self) -> tuple[str, ...]:
        """The seven columns, each from the bottom up: ("XO", "", …)."""
        columns = [""] * COLUMNS
        for number, column in enumerate(self.moves):
            columns[column - 1] += SIGNS[number % 2]
        return tuple(columns)

    def __str__(self) -> str:
        rows = [[column[row : row + 1] or "." for column in self.board] for row in range(ROWS)]
        return "\n".join(" ".join(row) for row in reversed(rows))


class NotAllowed(DomainError):
    """The rules of the game do not allow this move."""


def evolve(game: Game, event: GameEvent) -> Game:
    """The game after one more event. Taking back is an event too: nothing is deleted."""
    match event:
        case GameStarted(players, rules):
            return replace(game, players=players, rules=rules)
        case PieceDropped(_, column):
            return replace(game, moves=(*game.moves, column))
        case MoveTakenBack():
            return replace(game, moves=game.moves[:-1])
        case GameWon(player):
            return replace(game, winner=player)
        case _:
            assert_never(event)


def decide(command: GameCommand, game: Game) -> list[GameEvent]:
    """What follows from a move. Raises NotAllowed."""
    if isinstance(command, Start):
        if game.players or len(set(command.players)) != 2:
            raise NotAllowed("a game starts once, with two players")
        if command.rules not in RULES:
            raise NotAllowed(f"there are no rules {command.rules}")
        return [GameStarted(command.players, command.rules)]
    if command.player not in game.players or game.winner:
        raise NotAllowed("only its players move, and only until somebody has won")
    match command:
        case Drop(player, column):
            if player != game.turn:
                raise NotAllowed(f"it is {game.turn}'s move")
            if not 1 <= column <= COLUMNS or len(game.board[column - 1]) == ROWS:
                raise NotAllowed(f"column {column} is full or not there")
            dropped = PieceDropped(player, column)
            won = _wins(evolve(game, dropped), column)
            return [dropped, GameWon(player)] if won else [dropped]
        case TakeBack(player):
            if not RULES[game.rules].take_back:
                raise NotAllowed(f"by rules {game.rules} a move stands")
            if not game.moves or player == game.turn:
                raise NotAllowed("one takes back one's own last move, before the other has moved")
            return [MoveTakenBack(player)]
        case _:
            assert_never(command)


def first_cheat(events: Sequence[GameEvent]) -> int | None:
    """The version, from 1, of the first event that the rules would not have produced; or None.

    Each event is turned into the command behind it and decided again on the game so far.
    """
    game = Game()
    expected: list[GameEvent] = []
    for version, event in enumerate(events, 1):
        if not expected:
            try:
                expected = decide(_command(event), game)
            except DomainError:
                return version
        if event != expected.pop(0):
            return version
        game = evolve(game, event)
    return len(events) + 1 if expected else None  # a win that was left out


def _command(event: GameEvent) -> GameCommand:
    match event:
        case GameStarted(players, rules):
            return Start(players, rules)
        case PieceDropped(player, column):
            return Drop(player, column)
        case MoveTakenBack(player):
            return TakeBack(player)
        case GameWon():
            raise NotAllowed("nobody can command a win")
        case _:
            assert_never(event)


def _wins(game: Game, column: int) -> bool:
    """Whether the piece that fell last into a column completes four in a line."""
    board = game.board
    row = len(board[column - 1]) - 1
    sign = board[column - 1][row]

    def run(dx: int, dy: int) -> int:
        length, x, y = 0, column - 1 + dx, row + dy
        while 0 <= x < COLUMNS and y >= 0 and board[x][y : y + 1] == sign:
            length, x, y = length + 1, x + dx, y + dy
        return length

    lines = ((1, 0), (0, 1), (1, 1), (1, -1))
    return any(1 + run(dx, dy) + run(-dx, -dy) >= RULES[game.rules].in_a_row for dx, dy in lines)


game: Final[Decider[GameCommand, GameEvent, Game]] = Decider(
    decide=decide,
    evolve=evolve,
    initial_state=Game(),
    is_terminal=lambda state: bool(state.winner),
    event_types=EventTypes([GameStarted, PieceDropped, MoveTakenBack, GameWon]),
)

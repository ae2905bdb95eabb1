"""Exercises of chapter 6: handlers that may run twice, checkpoints, lag, and what fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st

from ..banking import SIGNS
from ..event import NewEvent, RecordedEvent
from .chapter import Chapter
from .compare import Compare
from .exercise import Exercise, Wrong
from .histories import MONEY_TYPES, amounts, histories, history, recorded_event
from .sql import FIRST_RECORDED, sql_rows


def _with_a_restart(case: tuple[list[RecordedEvent], int, int]) -> list[RecordedEvent]:
    """The events as a projection gets them that goes back by some, once, and goes on from there."""
    events, until, back = case
    return events[:until] + events[max(0, min(until, len(events)) - back) :]


deliveries = st.tuples(histories(5), st.integers(0, 5), st.integers(0, 4)).map(_with_a_restart)


def _handle_all(handle: Callable[[Any, RecordedEvent], Any], events: list[RecordedEvent]) -> Any:
    row: Any = (0, 0)
    for event in events:
        row = handle(row, event)
    return row


FEW = history([("MoneyDeposited", 300, 1, 0), ("MoneyWithdrawn", 100, 1, 0)])

handle_once = Exercise(
    name="handle_once",
    title="Handle it once, however often it comes",
    minutes=5,
    prompt="""A row of a read model is `(balance, last)`: the balance in cents, and the position of
the last event that is in it. Write `handle(row, event)`, which returns the row after the event.
After a crash, events that are in the row already come **again, one or several of them**: these must
leave it as it is. Positions of new events rise, with gaps, since the store holds other accounts.

`es.banking.SIGNS[event.type]` is 1 or −1, `event.data["amount"]` the cents, `event.position` the
position. The check starts with `(0, 0)`.""",
    answer="handle",
    stub="""def handle(row, event):
    return ...""",
    hints=(
        "When is an event in the row already? Compare its position with `last`.",
        "Not only the last one can come again. After `last` is 7, what does an event at position "
        "5 mean?",
        "`if event.position <= last: return row`",
    ),
    reference="""def handle(row, event):
    balance, last = row
    if event.position <= last:
        return row
    return balance + es.banking.SIGNS[event.type] * event.data["amount"], event.position""",
    why="""Position and balance are in one row, so one statement writes both, and no crash comes
between them. It works because the events of an account come in the order of their positions.""",
    wrong_answers=(
        Wrong(
            "You add an event that is in the row already. It came again after a crash, and the "
            "money is there twice.",
            """def handle(row, event):
    balance, last = row
    return balance + es.banking.SIGNS[event.type] * event.data["amount"], event.position""",
        ),
        Wrong(
            "You know the last event again, but not those before it. After a crash a whole batch "
            "can come again: everything up to `last` is in the row.",
            """def handle(row, event):
    balance, last = row
    if event.position == last:
        return row
    return balance + es.banking.SIGNS[event.type] * event.data["amount"], event.position""",
        ),
        Wrong(
            "You let the event at `last` itself in once more. It is in the row: leave out what is "
            "not higher.",
            """def handle(row, event):
    balance, last = row
    if event.position < last:
        return row
    return balance + es.banking.SIGNS[event.type] * event.data["amount"], event.position""",
        ),
        Wrong(
            "You wait for the position `last + 1`. Positions count the events of the whole store; "
            "the next one of this account can be far on, and you leave it out.",
            """def handle(row, event):
    balance, last = row
    if event.position != last + 1:
        return row
    return balance + es.banking.SIGNS[event.type] * event.data["amount"], event.position""",
        ),
        Wrong(
            "You never move `last` on, so nothing is ever in the row already. Return the "
            "position of the event beside the balance.",
            """def handle(row, event):
    balance, last = row
    if event.position <= last:
        return row
    return balance + es.banking.SIGNS[event.type] * event.data["amount"], last""",
        ),
    ),
    test=Compare(
        cases=st.tuples(deliveries, st.integers(1, 3)).map(
            lambda case: [_moved(event, case[1] * event.position) for event in case[0]]
        ),
        run=_handle_all,
        examples=([], FEW, [FEW[0], FEW[0]]),
    ),
)


def _moved(event: RecordedEvent, position: int) -> RecordedEvent:
    return recorded_event(
        event.version,
        event.type,
        dict(event.data),
        event.recorded_at,
        event.occurred_at,
        position=position,
    )


class PowerCut(Exception):
    """The process dies here, and a transaction that is open is rolled back."""


class App:
    """A read model in SQLite that dies at chosen calls; what is not in a transaction stays."""

    def __init__(self, dies_at: Sequence[int]) -> None:
        self._dies_at, self._calls, self._began = set(dies_at), 0, 0
        self._database = sqlite3.connect(":memory:", isolation_level=None)
        self._database.execute("CREATE TABLE account (balance INTEGER, position INTEGER)")
        self._database.execute("INSERT INTO account VALUES (0, 0)")

    def begin(self) -> None:
        self._do("BEGIN")

    def commit(self) -> None:
        self._do("COMMIT")
        self._began = 0

    def add(self, event: RecordedEvent) -> None:
        cents = SIGNS[event.type] * event.data["amount"]
        self._do("UPDATE account SET balance = balance + ?", cents)

    def save_checkpoint(self, position: int) -> None:
        self._do("UPDATE account SET position = ?", position)

    def checkpoint(self) -> int:
        return int(self.row()[1])

    def row(self) -> tuple[int, int]:
        """The balance, and the checkpoint."""
        balance, position = self._database.execute("SELECT * FROM account").fetchone()
        return balance, position

    def die(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def _do(self, statement: str, *values: int) -> None:
        self._calls += 1
        if self._calls in self._dies_at:
            raise PowerCut
        self._database.execute(statement, values)


def _until_caught_up(
    catch_up: Callable[[App, Callable[[int], list[RecordedEvent]]], Any],
    case: tuple[list[RecordedEvent], list[int]],
) -> Any:
    """The row after as many starts as it takes, and whether a commit is missing at the end."""
    events, dies_at = case
    app = App(dies_at)
    for _ in range(len(dies_at) + 1):
        try:
            found = catch_up(app, lambda after: [one for one in events if one.position > after])
            if found is ...:  # the stub
                return found
        except PowerCut:
            app.die()
    open_at_the_end = app._database.in_transaction
    app.die()
    return app.row(), open_at_the_end


def _cuts(case: tuple[list[RecordedEvent], list[int]]) -> str:
    events, dies_at = case
    told = ", ".join(str(event.data["amount"] * SIGNS[event.type]) for event in events)
    dies = ", ".join(map(str, dies_at)) or "none"
    return f"events of {told or 'nothing'} cents; the power goes instead of call no.: {dies}"


checkpoint_with_it = Exercise(
    name="checkpoint_with_it",
    title="Read model and checkpoint together",
    minutes=8,
    prompt="""Write `catch_up(app, read_all)`, so that a power cut at any moment does no harm. It
will be started again, and has to go on where it stood. The app offers

- `app.begin()`, `app.commit()`: a transaction. If the power goes in between, it is rolled back.
- `app.add(event)`: adds to the balance, by itself **not** idempotent.
- `app.save_checkpoint(position)`, and `app.checkpoint()`: the saved position, 0 at first.

`read_all(position)` gives the events after a position, in order. Outside a transaction each call
is on disk at once. The check cuts the power instead of some of the calls, starts your function
again each time, and then compares balance and checkpoint.""",
    answer="catch_up",
    stub="""def catch_up(app, read_all):
    return ...""",
    hints=(
        "Loop over `read_all(app.checkpoint())`. Which two calls must never be parted?",
        "Both of them between one `app.begin()` and one `app.commit()`. One transaction for each "
        "event is fine.",
        "Do not catch the power cut: nobody can. What is not committed is gone, and that is what "
        "you want.",
    ),
    reference="""def catch_up(app, read_all):
    for event in read_all(app.checkpoint()):
        app.begin()
        app.add(event)
        app.save_checkpoint(event.position)
        app.commit()""",
    why="""Either both are on disk or neither is, so the saved position always says exactly which
events are in the balance. The handler may begin an event many times; it is committed once.""",
    wrong_answers=(
        Wrong(
            "You handle, and save the checkpoint afterwards, each by itself. If the power goes "
            "between the two, the event comes again and is added twice: at least once.",
            """def catch_up(app, read_all):
    for event in read_all(app.checkpoint()):
        app.add(event)
        app.save_checkpoint(event.position)""",
        ),
        Wrong(
            "You save the checkpoint before you handle. If the power goes between the two, the "
            "event never comes again and its money is missing: at most once.",
            """def catch_up(app, read_all):
    for event in read_all(app.checkpoint()):
        app.save_checkpoint(event.position)
        app.add(event)""",
        ),
        Wrong(
            "The checkpoint is saved after the commit, outside the transaction. A power cut "
            "between the two leaves the money in and the checkpoint behind.",
            """def catch_up(app, read_all):
    for event in read_all(app.checkpoint()):
        app.begin()
        app.add(event)
        app.commit()
        app.save_checkpoint(event.position)""",
        ),
        Wrong(
            "You begin at the first event each time, whatever the checkpoint says. Ask "
            "`app.checkpoint()` where to go on.",
            """def catch_up(app, read_all):
    for event in read_all(0):
        app.begin()
        app.add(event)
        app.save_checkpoint(event.position)
        app.commit()""",
        ),
        Wrong(
            "You never commit. At the end everything is rolled back, and nothing is on disk.",
            """def catch_up(app, read_all):
    app.begin()
    for event in read_all(app.checkpoint()):
        app.add(event)
        app.save_checkpoint(event.position)""",
        ),
    ),
    test=Compare(
        cases=st.tuples(
            histories(4), st.lists(st.integers(1, 16), max_size=3, unique=True).map(sorted)
        ),
        run=_until_caught_up,
        examples=(([], []), (FEW, [])),
        context=_cuts,
    ),
)


def _with_times(rows: list[tuple[str, int, int]]) -> list[NewEvent]:
    """Movements of one account that happened some hours before noon of 10 March."""
    return [
        NewEvent(
            type_,
            {"amount": amount, "currency": "EUR"},
            occurred_at=FIRST_RECORDED - timedelta(hours=hours),
        )
        for type_, amount, hours in rows
    ]


total_per_day = Exercise(
    name="total_per_day",
    title="A read model in one statement",
    minutes=8,
    prompt="""Write the SELECT of a set-based projection: from the table `events`, one row for each
**day on which something happened**, and by how many cents it moved the money of the whole bank.
Columns: `occurred_at::DATE` and a sum; ordered by day. `MoneyDeposited` comes in,
`MoneyWithdrawn` and `FeeCharged` go out; `data.amount::BIGINT` has the cents. There are no
other types here. Events are often recorded a day or more after they happened.""",
    answer="query",
    stub='query = """..."""',
    hints=(
        "`GROUP BY` the day, `ORDER BY` it, and `sum(CASE WHEN ... THEN ... ELSE ... END)`.",
        "A late event belongs to the day on which it happened: which of the two times is that?",
        "`sum(CASE WHEN type = 'MoneyDeposited' THEN data.amount::BIGINT ELSE "
        "-data.amount::BIGINT END)`",
    ),
    reference='''query = """
SELECT
    occurred_at::DATE AS day,
    sum(CASE WHEN type = 'MoneyDeposited' THEN data.amount::BIGINT
             ELSE -data.amount::BIGINT END) AS cents
FROM events
GROUP BY day
ORDER BY day
"""''',
    why="""Grouped by the day on which it happened, the table does not care in which order events
arrive: a late one changes the sum of its own day. One statement handles any number of them.""",
    wrong_answers=(
        Wrong(
            "You group by the day on which the bank learned of it. A card payment of Sunday that "
            "comes in on Monday belongs to Sunday: occurred_at.",
            '''query = """
SELECT recorded_at::DATE AS day,
       sum(CASE WHEN type = 'MoneyDeposited' THEN data.amount::BIGINT
                ELSE -data.amount::BIGINT END) AS cents
FROM events GROUP BY day ORDER BY day
"""''',
        ),
        Wrong(
            "You added everything. Amounts are positive; the type says which way the money went.",
            '''query = """
SELECT occurred_at::DATE AS day, sum(data.amount::BIGINT) AS cents
FROM events GROUP BY day ORDER BY day
"""''',
        ),
        Wrong(
            "The fee is missing. It goes out, as a withdrawal does.",
            '''query = """
SELECT occurred_at::DATE AS day,
       sum(CASE WHEN type = 'MoneyDeposited' THEN data.amount::BIGINT
                WHEN type = 'MoneyWithdrawn' THEN -data.amount::BIGINT
                ELSE 0 END) AS cents
FROM events GROUP BY day ORDER BY day
"""''',
        ),
        Wrong(
            "Days on which only money came in, or only went out, are there, but you filter the "
            "others: leave no event out before the sum.",
            '''query = """
SELECT occurred_at::DATE AS day, sum(data.amount::BIGINT) AS cents
FROM events WHERE type = 'MoneyDeposited' GROUP BY day ORDER BY day
"""''',
        ),
    ),
    test=Compare(
        cases=st.lists(
            st.tuples(
                st.sampled_from(MONEY_TYPES), amounts, st.sampled_from([0, 1, 20, 30, 40, 60])
            ),
            max_size=4,
        ).map(_with_times),
        run=sql_rows,
        examples=([], _with_times([("MoneyDeposited", 500, 0), ("MoneyWithdrawn", 200, 0)])),
        max_examples=40,
    ),
)


def _asking(wait_until: Callable[..., Any], case: tuple[list[int], int, int]) -> Any:
    """How it ended, and how often it asked."""
    answers, position, tries = case
    asked = 0

    def checkpoint() -> int:
        nonlocal asked
        asked += 1
        if asked > 30:
            raise RuntimeError("asked more than thirty times")
        return answers[min(asked, len(answers)) - 1]

    try:
        if wait_until(checkpoint, position, tries) is ...:  # the stub
            return ...
    except TimeoutError:
        return "TimeoutError", asked
    return "it is there", asked


def _jumps(case: tuple[list[int], int, int]) -> str:
    answers, position, tries = case
    return f"checkpoints {answers}, then always the last; position {position}; {tries} tries"


read_your_own_write = Exercise(
    name="read_your_own_write",
    title="Wait for your own write",
    minutes=5,
    prompt="""`append` told you the position of your event. Write `wait_until(checkpoint, position,
tries)`: ask `checkpoint()` until the read model has got there, then return (anything). Ask at most
`tries` times (one or more); if it is not there then, raise `TimeoutError`. Do not ask once more
than you need. (A real one sleeps a little between two questions. Leave that out.)

The projection handles batches: its checkpoint goes up in jumps, 3, 3, 40, 95.""",
    answer="wait_until",
    stub="""def wait_until(checkpoint, position, tries):
    return ...""",
    hints=(
        "`for _ in range(tries):`, a question in it, and `raise TimeoutError` after the loop.",
        "A checkpoint of 40 has position 17 behind it. Which comparison says that?",
        "`if checkpoint() >= position: return`",
    ),
    reference="""def wait_until(checkpoint, position, tries):
    for _ in range(tries):
        if checkpoint() >= position:
            return True
    raise TimeoutError""",
    why="""A checkpoint says "up to here": everything at or before it is in the read model. The
limit is what keeps a page from hanging when the projection has stopped.""",
    wrong_answers=(
        Wrong(
            "You wait until the checkpoint is exactly the position. It goes up in jumps and may "
            "never stand there; at or beyond it is enough.",
            """def wait_until(checkpoint, position, tries):
    for _ in range(tries):
        if checkpoint() == position:
            return True
    raise TimeoutError""",
        ),
        Wrong(
            "You wait for an event more than your own. The checkpoint is the last position that is "
            "handled: at the position is there.",
            """def wait_until(checkpoint, position, tries):
    for _ in range(tries):
        if checkpoint() > position:
            return True
    raise TimeoutError""",
        ),
        Wrong(
            "You never give up. If the projection has stopped, the customer waits for ever.",
            """def wait_until(checkpoint, position, tries):
    while checkpoint() < position:
        pass
    return True""",
        ),
        Wrong(
            "When the tries are used up you return as if it were there. The caller must hear of "
            "it: raise TimeoutError.",
            """def wait_until(checkpoint, position, tries):
    for _ in range(tries):
        if checkpoint() >= position:
            return True""",
        ),
        Wrong(
            "You ask once more than you may.",
            """def wait_until(checkpoint, position, tries):
    for _ in range(tries + 1):
        if checkpoint() >= position:
            return True
    raise TimeoutError""",
        ),
    ),
    test=Compare(
        cases=st.tuples(
            st.lists(st.integers(0, 9), min_size=1, max_size=5).map(sorted),
            st.integers(1, 9),
            st.integers(1, 4),
        ),
        run=_asking,
        examples=(([0, 1, 2, 3], 3, 4), ([0], 3, 2), ([3], 3, 2)),
        context=_jumps,
    ),
)

ACCOUNTS = ("account-1", "account-2")


def _two_accounts(rows: list[tuple[int, bool]]) -> list[RecordedEvent]:
    """Events of two accounts; some are larger than the handler can take."""
    return [
        recorded_event(
            position,
            "MoneyDeposited",
            {"amount": 10_000 if bad else 100, "currency": "EUR"},
            FIRST_RECORDED,
            stream_id=ACCOUNTS[account],
            position=position,
        )
        for position, (account, bad) in enumerate(rows, 1)
    ]


def _setting_aside(
    handle_all: Callable[..., Any], events: list[RecordedEvent]
) -> tuple[list[int], Any]:
    """The positions that were handled, and what the function returns."""
    handled: list[int] = []

    def handle(event: RecordedEvent) -> None:
        if event.data["amount"] > 1_000:
            raise ValueError("too large for this handler")
        handled.append(event.position)

    letters = handle_all(events, handle)
    return handled, letters


dead_letters = Exercise(
    name="dead_letters",
    title="Set aside what fails, and what follows it",
    minutes=8,
    prompt="""Write `handle_all(events, handle)`. Call `handle(event)` for each event, in order.
When it raises an exception, set that event aside and go on; but in this read model each line builds
on the one before it **of the same account**. So from then on the events of that account
(`event.stream_id`) are set aside too, without being handled. Other accounts go on as if nothing had
happened.

Return the positions (`event.position`) of all events set aside, as a list, in order.""",
    answer="handle_all",
    stub="""def handle_all(events, handle):
    return ...""",
    hints=(
        "Keep two things: the list of positions, and a set of the accounts that have failed.",
        "First look whether the account has failed before; only then call the handler, in a `try`.",
        "`if event.stream_id in failed: aside.append(event.position); continue`",
    ),
    reference="""def handle_all(events, handle):
    aside, failed = [], set()
    for event in events:
        if event.stream_id not in failed:
            try:
                handle(event)
                continue
            except Exception:
                failed.add(event.stream_id)
        aside.append(event.position)
    return aside""",
    why="""Skipping one event and handling the next of the same account would put the lines in a
wrong order for good. Stopping everything would let one account hold up forty. What is set aside is
written down, so nothing is lost: it is handled, in order, when the handler is mended.""",
    wrong_answers=(
        Wrong(
            "You set aside only the event that failed. The next one of the same account was then "
            "handled before it, and builds on a line that is not there.",
            """def handle_all(events, handle):
    aside = []
    for event in events:
        try:
            handle(event)
        except Exception:
            aside.append(event.position)
    return aside""",
        ),
        Wrong(
            "After the first failure you set aside everything. The other accounts have done "
            "nothing wrong: they go on.",
            """def handle_all(events, handle):
    aside = []
    for event in events:
        if aside:
            aside.append(event.position)
            continue
        try:
            handle(event)
        except Exception:
            aside.append(event.position)
    return aside""",
        ),
        Wrong(
            "You stop at the first failure, and what comes after it is neither handled nor set "
            "aside.",
            """def handle_all(events, handle):
    for event in events:
        try:
            handle(event)
        except Exception:
            return [event.position]
    return []""",
        ),
        Wrong(
            "You leave out the later events of the account without writing them down. Nobody will "
            "find them again.",
            """def handle_all(events, handle):
    aside, failed = [], set()
    for event in events:
        if event.stream_id in failed:
            continue
        try:
            handle(event)
        except Exception:
            failed.add(event.stream_id)
            aside.append(event.position)
    return aside""",
        ),
    ),
    test=Compare(
        cases=st.lists(st.tuples(st.integers(0, 1), st.booleans()), max_size=5).map(_two_accounts),
        run=_setting_aside,
        examples=(
            [],
            _two_accounts([(0, False), (1, False)]),
            _two_accounts([(0, False), (1, True), (0, False)]),
        ),
    ),
)

CHAPTER = Chapter(
    6,
    "Projections",
    __name__,
    (handle_once, checkpoint_with_it, total_per_day, read_your_own_write, dead_letters),
)

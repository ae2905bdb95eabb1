"""The balances of a whole bank, by one SQL query over its events."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..banking.events import with_signs
from ..event import check_time
from ..sql_text import sql_text
from ..stores import EventStore, TimeAxis
from ..stores.rules import check_axis
from ..stores.sql_store import SqlReader, in_sql

if TYPE_CHECKING:
    import pandas as pd

ENDLESS = 2**63 - 1


def query(name: str, store: SqlReader | None = None) -> str:
    """The text of one of this package's queries, complete: query("balances").

    With a `store` that has upcasters, over its events in their newest shapes.
    """
    tables = {"movements": with_signs(sql_text("replay/movements.sql")).rstrip()}
    if store is not None and (newest := store.newest_events({"amount": "BIGINT"})):
        tables = {"events": newest, **tables}
    named = (
        "{} AS (\n    {}\n)".format(table, text.replace("\n", "\n    "))
        for table, text in tables.items()
    )
    return f"WITH {', '.join(named)}\n{sql_text(f'replay/{name}.sql')}"


def balances(
    store: EventStore,
    *,
    position: int | None = None,
    time: datetime | None = None,
    by: TimeAxis = "recorded_at",
) -> pd.Series[int]:
    """Every account's balance in minor units, indexed by stream id: now, or as of a moment.

    As of a `position`, or as of a `time` by recorded_at (what the bank knew then) or occurred_at
    (what was true then, as far as is known now). Accounts with no event by then are not in it.
    """
    check_axis(by)
    until: Any = "infinity" if time is None else check_time("time", time)
    asked = {
        "to_position": ENDLESS if position is None else position,
        "recorded_until": until if by == "recorded_at" else "infinity",
        "occurred_until": until if by == "occurred_at" else "infinity",
    }
    with in_sql(store, fields=["amount"]) as bank:
        frame = bank.sql(query("balances", bank), asked)
    return frame.set_index("account")["balance"]

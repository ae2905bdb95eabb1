"""A real bank's movements as events: the PKDD'99 financial data set (Berka and Sochorova, 1999).

The files have no times of day, no owners and no overdraft limits. Each booking becomes an event
that occurred at midnight UTC of its date and is recorded when the store imports it. What the bank
booked is taken as it is: facts are imported, commands would be refused.
"""

from __future__ import annotations

import csv
import html
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from ..bars import progress
from ..errors import InvalidInput
from ..sql_text import sql_text
from . import money
from .events import (
    EVENT_TYPES,
    AccountEvent,
    AccountOpened,
    FeeCharged,
    InterestCredited,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferReceived,
    TransferSent,
)

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ..stores import EventStore

T = TypeVar("T")

CURRENCY: Final = "CZK"
FOLDER_VARIABLE: Final = "EVENTSOURCING_KIT_BERKA"
ACCOUNT_COLUMNS: Final = ["account_id", "district_id", "frequency", "date"]
TRANSACTION_COLUMNS: Final = [
    "trans_id", "account_id", "date", "type", "operation",
    "amount", "balance", "k_symbol", "bank", "account",
]  # fmt: skip
CREDIT, DEBIT = "credit", "debit"
DIRECTIONS: Final = {"PRIJEM": CREDIT, "VYDAJ": DEBIT, "VYBER": DEBIT}
OPERATIONS: Final = {  # the direction that goes with an operation, and what it is
    "VKLAD": (CREDIT, "Cash"),
    "PREVOD Z UCTU": (CREDIT, "Transfer"),
    "VYBER": (DEBIT, "Cash"),
    "VYBER KARTOU": (DEBIT, "Card"),
    "PREVOD NA UCET": (DEBIT, "Transfer"),
}
PURPOSES: Final = {  # k_symbol
    "": "",
    "UROK": "Interest",
    "SANKC. UROK": "Penalty interest",
    "SLUZBY": "Statement fee",
    "SIPO": "Household",
    "POJISTNE": "Insurance",
    "DUCHOD": "Pension",
    "UVER": "Loan payment",
}
IDS: Final = uuid5(NAMESPACE_URL, "https://sorry.vse.cz/~berka/challenge/pkdd1999/")


@dataclass(frozen=True)
class RefusedRow:
    """A row that could not be imported: its file, its line there (from 1), and why."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, repr=False)
class ImportReport:
    """What became of each row: `rows` = `imported` + `already_there` + the refused ones."""

    rows: int
    imported: int
    already_there: int
    refused: tuple[RefusedRow, ...]

    def __repr__(self) -> str:
        """The figures, and a line for each of the first refused rows."""
        lines = [
            f"{self.rows:,} rows read: {self.imported:,} imported, "
            f"{self.already_there:,} already there, {len(self.refused):,} refused"
        ]
        lines += [f"  {row.file}, line {row.line}: {row.reason}" for row in self.refused[:SHOWN]]
        if len(self.refused) > SHOWN:
            lines.append(f"  and {len(self.refused) - SHOWN:,} more, in .refused")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        heading, *rest = map(html.escape, repr(self).split("\n"))
        items = "".join(f"<li>{line.strip()}</li>" for line in rest)
        return f"<p>{heading}</p>" + (f"<ul>{items}</ul>" if items else "")


SHOWN: Final = 20  # refused rows in a report's text


@dataclass(frozen=True, slots=True)
class Booking:
    """One row as an event, in the form in which it is stored."""

    account_id: int
    type: str
    data: str
    metadata: str
    event_id: UUID
    occurred_at: datetime
    balance: int | None  # as the bank recorded it after this row, in minor units


def find_folder() -> Path | None:
    """Where the bank's files are: in $EVENTSOURCING_KIT_BERKA, or in data/berka here or one above.

    None where `trans.asc` is in none of them.
    """
    places = [Path("data/berka"), Path("../data/berka")]
    if named := os.environ.get(FOLDER_VARIABLE):
        places.insert(0, Path(named))
    return next((place for place in places if (place / "trans.asc").is_file()), None)


def import_bank(store: EventStore, folder: str | Path) -> ImportReport:
    """Import `account.asc` and `trans.asc` of a folder, in one append: all good rows or none.

    Streams are "account-<account_id>", in order of date. Event ids follow from the row's own id,
    so a second run adds nothing, and a run after repairing a file adds what was missing. A row
    that cannot be taken is named in the report, and the others are imported. Each event's
    metadata has the line it came from. Raises InvalidInput if a file is missing or is another
    one, and what append_columns raises.
    """
    from ..stores import ANY
    from ..stores.parts import append_in_parts

    bookings: list[Booking] = []
    refused: list[RefusedRow] = []
    for row in progress(iterable=_rows(Path(folder)), unit=" rows", desc="Reading"):
        if isinstance(row, Booking):
            bookings.append(row)
        else:
            refused.append(row)
    batches = store.read_columns(columns=["event_id"])
    stored = {text for batch in batches for text in batch["event_id"].to_pylist()}
    new = [booking for booking in bookings if str(booking.event_id) not in stored]
    new.sort(key=lambda booking: booking.occurred_at)
    imported = append_in_parts(store, _columns(new), ANY) if new else 0
    return ImportReport(
        len(bookings) + len(refused), imported, len(bookings) - imported, tuple(refused)
    )


def reconcile(store: EventStore, folder: str | Path) -> pd.DataFrame:
    """Hold the replayed balances against those that the bank recorded, by account and day.

    One row for each account and day of trans.asc: `account_id`, `date`, `replayed` (at the end of
    that day), `recorded` (the nearest of the balances that the bank recorded on that day, whose
    order within the day is not known) and `difference` (the distance of the two), the last three
    as Decimal CZK. Rows that the import would refuse are left out. Raises InvalidInput.
    """
    import pandas as pd

    from ..stores.sql_store import in_sql

    recorded = pd.DataFrame(
        [
            (booking.account_id, booking.occurred_at, booking.balance)
            for booking in _rows(Path(folder))
            if isinstance(booking, Booking) and booking.balance is not None
        ],
        columns=["account_id", "date", "recorded"],
    ).astype({"account_id": "int64", "recorded": "int64"})
    recorded["date"] = pd.to_datetime(recorded["date"]).dt.tz_localize(None).astype("M8[s]")
    with in_sql(store) as bank:
        replayed = bank.sql(sql_text("banking/berka_balances.sql"))
    replayed["date"] = replayed["date"].astype("M8[s]")
    days = pd.merge_asof(  # the last balance on or before each day
        recorded.sort_values("date", kind="stable"),
        replayed.rename(columns={"balance": "replayed"}),
        on="date",
        by="account_id",
    )
    days["replayed"] = days["replayed"].fillna(0).astype("int64")
    days["difference"] = (days["replayed"] - days["recorded"]).abs()
    nearest = days.sort_values("difference", kind="stable").drop_duplicates(["account_id", "date"])
    result = nearest.sort_values(["account_id", "date"], ignore_index=True)
    for column in ("replayed", "recorded", "difference"):
        decimals = [money.to_decimal(int(amount), CURRENCY) for amount in result[column]]
        result[column] = pd.Series(decimals, dtype=object)
    return result[["account_id", "date", "replayed", "recorded", "difference"]]


def _columns(bookings: list[Booking]) -> pa.Table:
    import pyarrow as pa

    times = [booking.occurred_at for booking in bookings]
    return pa.table(
        {
            "stream_id": [f"account-{booking.account_id}" for booking in bookings],
            "type": [booking.type for booking in bookings],
            "data": [booking.data for booking in bookings],
            "metadata": [booking.metadata for booking in bookings],
            "event_id": pa.array([booking.event_id.bytes for booking in bookings], pa.binary(16)),
            "occurred_at": pa.array(times, pa.timestamp("us", "UTC")),
        }
    )


# --- rows to events ------------------------------------------------------------------------------


def _rows(folder: Path) -> Iterator[Booking | RefusedRow]:
    """Every row of both files, as an event or as refused."""
    accounts: set[int] = set()
    for line, text in _lines(folder / "account.asc", ACCOUNT_COLUMNS):
        try:
            opening = _opening(_fields(text, ACCOUNT_COLUMNS), line)
            if opening.account_id in accounts:
                raise InvalidInput("account_id", f"{opening.account_id} is there already")
        except InvalidInput as error:
            yield RefusedRow("account.asc", line, str(error))
        else:
            accounts.add(opening.account_id)
            yield opening
    lines_by_id: dict[UUID, int] = {}
    for line, text in _lines(folder / "trans.asc", TRANSACTION_COLUMNS):
        try:
            booking = _transaction(_fields(text, TRANSACTION_COLUMNS), line)
            if booking.account_id not in accounts:
                raise InvalidInput("account_id", f"{booking.account_id} is not in account.asc")
            if booking.event_id in lines_by_id:
                first = lines_by_id[booking.event_id]
                raise InvalidInput("trans_id", f"stands in line {first} already")
        except InvalidInput as error:
            yield RefusedRow("trans.asc", line, str(error))
        else:
            lines_by_id[booking.event_id] = line
            yield booking


def _lines(path: Path, columns: list[str]) -> Iterator[tuple[int, str]]:
    """The lines after the heading, with their numbers. The file's text is Latin-1."""
    try:
        with path.open(encoding="latin-1", newline="\n") as file:
            heading = file.readline()
            if next(csv.reader([heading], delimiter=";"), []) != columns:
                problem = f"{path.name} does not start with the heading {';'.join(columns)}"
                raise InvalidInput("folder", problem)
            for number, text in enumerate(file, 2):
                yield number, text.rstrip("\r\n")
    except OSError as error:
        raise InvalidInput("folder", f"{path.name} cannot be read: {error.strerror}") from None


def _fields(text: str, columns: list[str]) -> dict[str, str]:
    """One line as a row. A line of its own, so that a broken quote cannot swallow the next."""
    try:
        fields = next(csv.reader([text], delimiter=";", strict=True), [])
    except csv.Error as error:
        raise InvalidInput("row", f"is cut or damaged: {error}") from None
    if len(fields) != len(columns):
        raise InvalidInput("row", f"has {len(fields)} of {len(columns)} fields")
    return dict(zip(columns, (field.strip() for field in fields), strict=True))


def _opening(row: dict[str, str], line: int) -> Booking:
    account_id = _number("account_id", row["account_id"])
    opened = AccountOpened(f"Holder of account {account_id}", CURRENCY)
    metadata = {"actor": "bank", "file": "account.asc", "line": line}
    return _booking(account_id, opened, row["date"], f"account/{account_id}", metadata)


def _transaction(row: dict[str, str], line: int) -> Booking:
    trans_id = _number("trans_id", row["trans_id"])
    account_id = _number("account_id", row["account_id"])
    balance = money.parse(row["balance"], CURRENCY, "balance")
    metadata: dict[str, Any] = {"file": "trans.asc", "line": line, "trans_id": trans_id}
    event = _movement(row)
    match event:
        case TransferSent() | TransferReceived():
            # What this account and that one have to do with each other for this purpose.
            parties = f"{account_id}/{row['bank']}/{row['account']}"
            metadata |= {"actor": "customer", "correlation_id": f"{parties}/{event.memo}"}
        case InterestCredited() | FeeCharged():
            # The bank books these for all accounts in one go.
            run = row["k_symbol"].lower().replace(" ", "")
            metadata |= {"actor": "bank", "correlation_id": f"{run}/{row['date']}"}
        case _:
            metadata["actor"] = "customer"
    return _booking(account_id, event, row["date"], f"trans/{trans_id}", metadata, balance)


def _movement(row: dict[str, str]) -> AccountEvent:
    """What a row of trans.asc says, as a domain event."""
    direction = _known("type", row["type"], DIRECTIONS)
    purpose = _known("k_symbol", row["k_symbol"], PURPOSES)
    what = ""
    if row["operation"]:
        expected, what = _known("operation", row["operation"], OPERATIONS)
        if direction != expected:
            problem = f"{row['operation']!r} is no {direction}, as {row['type']!r} says"
            raise InvalidInput("operation", problem)
    amount = money.parse(row["amount"], CURRENCY)
    if amount <= 0:
        raise InvalidInput("amount", f"must be above zero, not {row['amount']}")
    if row["bank"] and not row["account"]:
        raise InvalidInput("account", "is empty beside a bank; the row may be cut")
    other = "/".join(filter(None, (row["bank"], row["account"])))
    match direction, what, purpose:
        case "credit", "Transfer", _:
            return TransferReceived(amount, CURRENCY, other, memo=purpose)
        case "debit", "Transfer", _:
            return TransferSent(amount, CURRENCY, other, memo=purpose)
        case "credit", _, "Interest":
            return InterestCredited(amount, CURRENCY, purpose)
        case "debit", _, "Penalty interest" | "Statement fee":
            return FeeCharged(amount, CURRENCY, purpose)
        case "credit", _, _:
            return MoneyDeposited(amount, CURRENCY, purpose or what)
        case _:
            return MoneyWithdrawn(amount, CURRENCY, purpose or what)


def _booking(
    account_id: int,
    event: AccountEvent,
    yymmdd: str,
    key: str,
    metadata: dict[str, Any],
    balance: int | None = None,
) -> Booking:
    """The event in its envelope. The columns keep the texts alone: a million rows fit in memory."""
    day = _date(yymmdd)
    new = EVENT_TYPES.encode(event, metadata=metadata, event_id=event_id(key))
    return Booking(
        account_id, new.type, new.data_json, new.metadata_json, new.event_id, day, balance
    )


def event_id(key: str) -> UUID:
    """The id of the event that a row becomes: "trans/452728", "account/1539"."""
    return uuid5(IDS, key)


def _date(yymmdd: str) -> datetime:
    """Midnight UTC of a date in the twentieth century."""
    try:
        if len(yymmdd) != 6 or not yymmdd.isdecimal():
            raise ValueError
        return datetime.fromisoformat(f"19{yymmdd}").replace(tzinfo=UTC)
    except ValueError:
        raise InvalidInput("date", f"must be a date as YYMMDD, not {yymmdd!r}") from None


def _number(field: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidInput(field, f"must be a number, not {text!r}")
    return int(text)


def _known(field: str, text: str, names: Mapping[str, T]) -> T:
    if text not in names:
        raise InvalidInput(field, f"{text!r} is not known")
    return names[text]

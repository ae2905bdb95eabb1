"""A bank of any size, as columns: for replays and sliders that need ten million events.

One month at a time, all accounts at once: numpy draws amounts and times, Arrow writes the JSON.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from ..bars import progress
from ..event import check_number

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

FIRST_MONTH: Final = date(2014, 1, 25)  # a month goes from the 25th to the 24th
MONTHS: Final = 120  # a history lasts no longer; with more events the accounts are busier instead
REGULAR: Final = 4  # events of an account each month: salary, fee, transfer sent, one received
LEAST_PAYMENTS: Final = 8  # card payments each month, more for busier accounts
FEE: Final = 290  # cents
DAY, HOUR = 86_400_000_000, 3_600_000_000  # microseconds

TYPES: Final = (
    "AccountOpened",
    "MoneyDeposited",
    "FeeCharged",
    "TransferSent",
    "TransferReceived",
    "MoneyWithdrawn",
)
METADATA: Final = {  # by type, canonical JSON
    "AccountOpened": '{"actor":"clerk","channel":"branch"}',
    "MoneyDeposited": '{"actor":"clearing"}',
    "FeeCharged": '{"actor":"bank"}',
    "TransferSent": '{"actor":"customer","channel":"online"}',
    "TransferReceived": '{"actor":"customer","channel":"online"}',
    "MoneyWithdrawn": '{"actor":"customer","channel":"card"}',
}
MEMOS: Final = ("Grocer", "Pharmacy", "Fuel", "Cafe", "Railway", "Cinema", "Hardware", "Clothing")


def simulate(accounts: int, events: int, seed: int = 1) -> pa.Table:
    """A bank's history of exactly `events` events, in the columns of store.append_columns.

    Rows are in order of recorded_at, the accounts interleaved. Each month an account receives
    its salary, pays a fee, sends a transfer to another account and receives one, and pays by card;
    card payments are booked in the following night. Streams are account-000000 and on, the
    currency is EUR, and the first event of each account is AccountOpened.

    Guaranteed: no balance is ever below zero, in order of recorded_at or of occurred_at, because
    an account spends less between two salaries than the first of them; both halves of a transfer
    follow one another (only the very last event can be a first half alone); the same arguments
    give the same table. Not simulated: interest, corrections, frozen and closed accounts. There
    are no event ids: the store gives them.

    Raises InvalidInput unless accounts ≥ 2 and events ≥ accounts.
    """
    import pyarrow as pa

    check_number("accounts", accounts, 2)
    check_number("events", events, accounts)
    check_number("seed", seed, 0)
    history = _months(events, seed, _names(accounts))
    months: list[pa.Table] = []
    missing = events
    with progress(total=events, desc="Simulating", unit=" events") as bar:
        while missing:
            months.append(next(history).slice(0, missing))
            missing -= len(months[-1])
            bar.update(len(months[-1]))
    return pa.concat_tables(months)


@dataclass(frozen=True)
class Block:
    """Events of one type in one month: a column each, not yet in order."""

    type: str
    accounts: Ints
    recorded_at: Ints  # microseconds of Unix time
    occurred_at: Ints
    data: pa.Array


class Draw:
    """Whole numbers by chance, from a generator's raw bits: numpy promises the same bits in every
    release, but not the same distributions."""

    def __init__(self, seed: int) -> None:
        from numpy.random import PCG64

        self._bits = PCG64(seed)

    def below(self, bound: int | Ints, count: int) -> Ints:
        """`count` numbers from 0 to `bound` - 1, each below 2³¹."""
        import numpy as np

        raw = self._bits.random_raw(count) >> np.uint64(33)
        return raw.astype(np.int64) * bound >> 31

    def between(self, least: int | Ints, most: int | Ints, count: int) -> Ints:
        return least + self.below(most - least + 1, count)


def _months(events: int, seed: int, names: pa.Array) -> Iterator[pa.Table]:
    """The history month by month, without end."""
    import numpy as np

    draw, accounts = Draw(seed), len(names)
    a_month = max(REGULAR + LEAST_PAYMENTS, -(-events // (accounts * MONTHS)))
    payments = a_month - REGULAR
    salaries = draw.between(150_000, 450_000, accounts) * (1 + payments // 100)
    # The bank wins its customers in the first quarter of its history; two are there at once, since
    # a transfer needs two.
    opening_months = max(1, events // (accounts * a_month) // 4)
    opened_in = np.sort(draw.below(opening_months, accounts))
    opened_in[:2] = 0
    first_day = np.datetime64(FIRST_MONTH)
    for month in itertools.count():
        start, end = (
            int((first_day.astype("M8[M]") + month + n).astype("M8[us]").astype(np.int64))
            + 24 * DAY
            for n in (0, 1)
        )
        new = np.flatnonzero(opened_in == month)
        everyone = np.arange(np.searchsorted(opened_in, month, side="right"))
        salary = salaries[everyone]
        yield _in_order(
            [
                _openings(draw, start, new, names),
                _salaries(draw, start, everyone, salary),
                _fees(start, everyone),
                *_transfers(draw, start, month, everyone, salary, names),
                _payments(draw, start, end, everyone, salary, payments),
            ],
            names,
        )


def _openings(draw: Draw, start: int, new: Ints, names: pa.Array) -> Block:
    """On the 25th and 26th, before anything else."""
    at = start + 8 * HOUR + draw.below(32 * HOUR // 1_000_000, len(new)) * 1_000_000
    data = _json('{"currency":"EUR","overdraft_limit":0,"owner":"Holder of ', names.take(new), '"}')
    return Block("AccountOpened", new, at, at, data)


def _salaries(draw: Draw, start: int, everyone: Ints, salary: Ints) -> Block:
    """On the 27th and 28th."""
    seconds = draw.below(46 * 3_600, len(everyone))
    at = start + 2 * DAY + seconds * 1_000_000 + draw.below(1_000_000, len(everyone))
    return Block("MoneyDeposited", everyone, at, at, _json(
        '{"amount":', salary, ',"currency":"EUR","memo":"Salary"}'
    ))  # fmt: skip


def _fees(start: int, everyone: Ints) -> Block:
    """A week later, in the night, one account after the other."""
    import numpy as np

    at = start + 7 * DAY + 3 * HOUR + everyone
    fee = _json(
        '{"amount":', np.full(len(everyone), FEE), ',"currency":"EUR","reason":"Account fee"}'
    )
    return Block("FeeCharged", everyone, at, at, fee)


def _transfers(
    draw: Draw, start: int, month: int, everyone: Ints, salary: Ints, names: pa.Array
) -> tuple[Block, Block]:
    """Each account to another one, ten to thirty hundredths of its salary."""
    import numpy as np

    count = len(everyone)
    shift = int(draw.between(1, count - 1, 1)[0])
    receivers = (everyone + shift) % count
    seconds = draw.below(3 * 24 * 3_600, count)
    at = start + 8 * DAY + seconds * 1_000_000 + draw.below(1_000_000, count)
    amount = salary * draw.between(10, 30, count) // 100
    number = month * len(names) + np.arange(count)
    sent = _json(
        '{"amount":', amount, ',"currency":"EUR","memo":"Shared costs","to_account":"',
        names.take(receivers), '","transfer_id":"transfer-', number, '"}',
    )  # fmt: skip
    received = _json(
        '{"amount":', amount, ',"currency":"EUR","from_account":"', names.take(everyone),
        '","memo":"Shared costs","transfer_id":"transfer-', number, '"}',
    )  # fmt: skip
    return (
        Block("TransferSent", everyone, at, at, sent),
        Block("TransferReceived", receivers, at, at, received),
    )


def _payments(
    draw: Draw, start: int, end: int, everyone: Ints, salary: Ints, payments: int
) -> Block:
    """By card, in the daytime but not on Sundays, booked in the next night but one at the latest.

    Together at most 65 hundredths of the salary, so that with transfer and fee some is left.
    """
    import numpy as np
    import pyarrow as pa

    count = len(everyone) * payments
    most = np.repeat(salary * 65 // 100 // payments, payments)
    amount = draw.between(most // 4, most, count)
    day = start // DAY + draw.between(5, (end - start) // DAY - 2, count)
    day -= (day + 3) % 7 == 6  # 1 January 1970, day 0, was a Thursday
    occurred_at = day * DAY + 8 * HOUR + draw.below(12 * 3_600, count) * 1_000_000
    recorded_at = (day + 1) * DAY + 2 * HOUR + draw.below(2 * 3_600, count) * 1_000_000
    tails = pa.array([f',"currency":"EUR","memo":"Card, {memo}"}}' for memo in MEMOS])
    tail = tails.take(draw.below(len(MEMOS), count))
    data = _json('{"amount":', amount, tail)
    return Block("MoneyWithdrawn", np.repeat(everyone, payments), recorded_at, occurred_at, data)


def _in_order(blocks: list[Block], names: pa.Array) -> pa.Table:
    """The month as a table in order of recorded_at, the halves of each transfer side by side."""
    import numpy as np
    import pyarrow as pa

    lengths = [len(block.accounts) for block in blocks]
    starts = np.r_[0, np.cumsum(lengths)]
    rows = np.arange(starts[-1])
    sent, received = TYPES.index("TransferSent"), TYPES.index("TransferReceived")
    halves = slice(starts[sent], starts[received + 1])
    rows[halves] = rows[halves].reshape(2, -1).T.ravel()
    recorded_at = np.concatenate([block.recorded_at for block in blocks])
    order = rows[np.argsort(recorded_at[rows], kind="stable")]
    types = np.repeat(np.arange(len(blocks), dtype=np.int8), lengths)[order]
    accounts = np.concatenate([block.accounts for block in blocks])[order].astype(np.int32)
    occurred_at = np.concatenate([block.occurred_at for block in blocks])[order]
    metadata = list(dict.fromkeys(METADATA[type_] for type_ in TYPES))
    of_type = np.array([metadata.index(METADATA[type_]) for type_ in TYPES], np.int8)
    timestamp = pa.timestamp("us", "UTC")
    return pa.table(
        {
            "stream_id": pa.DictionaryArray.from_arrays(accounts, names),
            "type": pa.DictionaryArray.from_arrays(types, pa.array(TYPES)),
            "data": pa.concat_arrays([block.data for block in blocks]).take(pa.array(order)),
            "metadata": pa.DictionaryArray.from_arrays(of_type[types], pa.array(metadata)),
            "occurred_at": pa.array(occurred_at).cast(timestamp),
            "recorded_at": pa.array(recorded_at[order]).cast(timestamp),
        }
    )


def _names(accounts: int) -> pa.Array:
    import pyarrow as pa

    return pa.array([f"account-{n:06}" for n in range(accounts)], pa.large_string())


def _json(*parts: str | Ints | pa.Array) -> pa.Array:
    """Texts and columns, joined row by row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pa.large_string()
    columns: list[Any] = [
        pa.scalar(part, text) if isinstance(part, str) else pa.array(part).cast(text)
        for part in parts
    ]
    return pc.binary_join_element_wise(*columns, pa.scalar("", text))

"""Six things that went wrong at the simulated bank, and what each of them left in the history.

The table is the one source: data/README.md shows it, and a test holds it against the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final

from .agenda import Bank, Entry
from .commands import (
    ChargeFee,
    Close,
    CorrectEntry,
    Freeze,
    SendTransfer,
    Unfreeze,
    Withdraw,
)


@dataclass(frozen=True)
class Incident:
    """`versions` are the places of the incident's events in the stream of `account`, from 1."""

    name: str
    account: str
    versions: tuple[int, ...]
    day: date
    story: str
    chapters: tuple[int, ...]


INCIDENTS: Final = (
    Incident(
        "disputed withdrawal",
        "account-1007",
        (115,),
        date(2025, 3, 11),
        "Amara Okafor says that she did not withdraw 400.00 EUR on that Tuesday. The event names "
        "the machine (ATM-0417), the card and the second.",
        (0, 1, 5, 11),
    ),
    Incident(
        "fee charged twice",
        "account-1012",
        (55, 56, 58),
        date(2024, 12, 2),
        "The fee run of November 2024 ran twice over one account. The second fee of 4.90 EUR was "
        "corrected on 16 December, back-dated to the moment of the wrong entry.",
        (2, 5, 6),
    ),
    Incident(
        "fraud",
        "account-1019",
        (47, 48, 49, 50, 51, 52, 53, 54),
        date(2024, 9, 14),
        "Three online payments with a stolen card number within twenty minutes of a night. The "
        "account was frozen in the morning and unfrozen on 17 September; each payment was "
        "reversed, back-dated to its own moment.",
        (4, 5, 11),
    ),
    Incident(
        "late salary",
        "account-1004",
        (125, 126, 127),
        date(2025, 4, 25),
        "Jonas Weber was paid on Friday 25 April; the bank learned of it on Sunday 27 April. In "
        "between he drew 250.00 EUR, and on Saturday night the bank charged an overdraft fee "
        "that it would not have charged had it known.",
        (5, 8),
    ),
    Incident(
        "half a transfer",
        "account-1023",
        (57,),
        date(2025, 2, 18),
        "750.00 EUR were sent to account-1031 and never received: no TransferReceived has this "
        "transfer_id. Left open: nothing was refunded by the end of the data.",
        (9, 14),
    ),
    Incident(
        "closed account",
        "account-1016",
        (65, 66),
        date(2024, 12, 19),
        "Clara Dupont took out what was left and closed her account. Nothing can be booked on it "
        "any more.",
        (4, 7),
    ),
)

DISPUTED, DOUBLE_FEE, FRAUD, LATE, HALF, CLOSED = (incident.account for incident in INCIDENTS)
FRAUD_IP: Final = "203.0.113.77"  # an address reserved for documentation (RFC 5737)
FRAUD_CASE: Final = {"actor": "fraud-desk", "correlation_id": "fraud-0005"}


def late_salary(account: str, day: date) -> datetime | None:
    """When the bank learned of the salary of that day, if that was late."""
    if (account, day) == (LATE, date(2025, 4, 25)):
        return _at(2025, 4, 27, 20, 15)
    return None


def planted() -> Iterator[Entry]:
    """What has to go on the agenda for the incidents to happen."""
    yield Entry(_at(2025, 3, 11, 18, 42, 12), _disputed_withdrawal)
    yield Entry(_at(2024, 12, 2, 3, 40, 0), _second_fee)
    yield Entry(_at(2024, 12, 16, 10, 5, 0), _correct_second_fee)
    for minute, amount, shop in (
        (4, 24_900, "Gadgets24"),
        (11, 38_990, "Phonedeal"),
        (23, 51_250, "Giftcards now"),
    ):
        at = _at(2024, 9, 14, 2, minute, 31)
        yield Entry(at, partial(_fraudulent_payment, amount=amount, shop=shop))
    yield Entry(_at(2024, 9, 14, 7, 15, 0), _freeze)
    yield Entry(_at(2024, 9, 17, 11, 30, 0), _unfreeze_and_reverse)
    yield Entry(_at(2025, 4, 23, 16, 20, 0), _spend_down)
    yield Entry(_at(2025, 4, 26, 14, 5, 40), _draw_into_overdraft)
    yield Entry(_at(2025, 4, 26, 23, 30, 0), _overdraft_fee)
    yield Entry(_at(2025, 2, 18, 17, 59, 58), _half_a_transfer)
    yield Entry(_at(2024, 12, 19, 15, 10, 0), _close)


def as_table() -> str:
    """The incidents as a Markdown table."""
    rows = [
        "| incident | account | versions in its stream | day | what happened | chapters |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for incident in INCIDENTS:
        versions = ", ".join(map(str, incident.versions))
        chapters = ", ".join(f"{chapter:02}" for chapter in incident.chapters)
        rows.append(
            f"| {incident.name} | {incident.account} | {versions} | {incident.day} "
            f"| {incident.story} | {chapters} |"
        )
    return "\n".join(rows)


def _disputed_withdrawal(bank: Bank) -> None:
    about = {"actor": "customer", "channel": "atm", "card": "4433", "terminal": "ATM-0417"}
    withdraw = Withdraw(40_000, "EUR", "Cash, ATM-0417")
    bank.book(DISPUTED, withdraw, about, bank.now - timedelta(seconds=2))


def _second_fee(bank: Bank) -> None:
    about = {"actor": "bank", "correlation_id": "fees-2024-11"}
    bank.book(DOUBLE_FEE, ChargeFee(490, "EUR", "Account fee November 2024"), about)


def _correct_second_fee(bank: Bank) -> None:
    fee = [event for event in bank.history(DOUBLE_FEE) if event.type == "FeeCharged"][-1]
    reason = "Account fee November 2024 was charged twice"
    about = {"actor": "clerk-07", "correlation_id": "complaint-0031"}
    about["causation_id"] = str(fee.event_id)
    correct = CorrectEntry(490, "EUR", reason, str(fee.event_id))
    bank.book(DOUBLE_FEE, correct, about, fee.occurred_at)


def _fraudulent_payment(bank: Bank, amount: int, shop: str) -> None:
    about = {"actor": "customer", "channel": "online", "card": "9461", "ip": FRAUD_IP}
    bank.book(FRAUD, Withdraw(amount, "EUR", f"Card, {shop}"), about)


def _freeze(bank: Bank) -> None:
    bank.book(FRAUD, Freeze("Customer reports payments that are not his"), dict(FRAUD_CASE))


def _unfreeze_and_reverse(bank: Bank) -> None:
    bank.book(FRAUD, Unfreeze("New card issued"), dict(FRAUD_CASE))
    for event in bank.history(FRAUD):
        if event.metadata.get("ip") == FRAUD_IP:
            about = {**FRAUD_CASE, "causation_id": str(event.event_id)}
            correct = CorrectEntry(
                event.data["amount"], "EUR", "Payment by fraud reversed", str(event.event_id)
            )
            bank.book(FRAUD, correct, about, event.occurred_at)


def _spend_down(bank: Bank) -> None:
    """Leaves 180.00 EUR, so that two days later the salary is missed."""
    about = {"actor": "customer", "channel": "online"}
    amount = bank.state(LATE).balance - 18_000
    bank.book(LATE, Withdraw(amount, "EUR", "Bicycle, Radhaus am See"), about)


def _draw_into_overdraft(bank: Bank) -> None:
    about = {"actor": "customer", "channel": "atm", "card": "0676", "terminal": "ATM-0233"}
    bank.book(LATE, Withdraw(25_000, "EUR", "Cash, ATM-0233"), about)


def _overdraft_fee(bank: Bank) -> None:
    if bank.state(LATE).balance < 0:
        bank.book(LATE, ChargeFee(650, "EUR", "Overdraft on 26 April 2025"), {"actor": "bank"})


def _half_a_transfer(bank: Bank) -> None:
    transfer_id = bank.new_transfer_id()
    about = {"actor": "customer", "channel": "online", "correlation_id": transfer_id}
    send = SendTransfer(75_000, "EUR", "account-1031", transfer_id, "Used car, deposit")
    bank.book(HALF, send, about)


def _close(bank: Bank) -> None:
    about = {"actor": "clerk-03", "channel": "branch"}
    left = bank.state(CLOSED).balance
    bank.book(CLOSED, Withdraw(left, "EUR", "Cash, on closing"), about)
    bank.book(CLOSED, Close("Customer moves abroad"), about)


def _at(year: int, month: int, day: int, hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)

"""A transfer between two accounts, as a decider: where it stands, and what has to be done next.

Two accounts are two streams, and may be two banks: no transaction covers both. So the transfer has
a stream of its own, in which each answer is noted; a refusal at the second account is made up for
at the first. The idea is that of sagas (Hector Garcia-Molina and Kenneth Salem, SIGMOD 1987).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from ..banking import money
from ..banking.commands import ReceiveTransfer, SendTransfer
from ..banking.errors import AmountNotPositive, SameAccount
from ..codec import EventTypes
from ..decider import Decider
from ..errors import DomainError, InvalidInput
from ..event import check_name, check_time, parse_time

SUSPENSE: Final = "account-suspense"
"""Where money waits that can neither go on nor back: a bank's account of its own."""

TRANSIT: Final = "account-transit-"
"""How the accounts begin on which money stands that is on its way; one for each currency."""


def transit_account(currency: str) -> str:
    """The account on which money of this currency stands while it is on its way."""
    return f"{TRANSIT}{currency.lower()}"


# --- events --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TransferRequested:
    """`deadline`, as ISO 8601 with its offset: until then the receiver may confirm."""

    from_account: str
    to_account: str
    amount: int
    currency: str
    deadline: str


@dataclass(frozen=True)
class MoneyTaken:
    """The sender's account has been debited."""


@dataclass(frozen=True)
class TransferRefused:
    """The sender's account refused: nothing was moved."""

    reason: str


@dataclass(frozen=True)
class ReceiverConfirmed:
    """The receiver takes the money. From now on there is no time limit any more."""


@dataclass(frozen=True)
class ConfirmationTimedOut:
    """The deadline has passed without a confirmation."""


@dataclass(frozen=True)
class MoneyDelivered:
    """The receiver's account has been credited."""


@dataclass(frozen=True)
class DeliveryRefused:
    """The receiver's account refused."""

    reason: str


@dataclass(frozen=True)
class MoneyReturned:
    """The sender's account has its money back."""


@dataclass(frozen=True)
class ReturnRefused:
    """The sender's account, meanwhile frozen or closed, did not take it back."""

    reason: str


@dataclass(frozen=True)
class MoneySuspended:
    """The money is in the suspense account, for a person to deal with."""


TransferEvent = (
    TransferRequested
    | MoneyTaken
    | TransferRefused
    | ReceiverConfirmed
    | ConfirmationTimedOut
    | MoneyDelivered
    | DeliveryRefused
    | MoneyReturned
    | ReturnRefused
    | MoneySuspended
)

TRANSFER_EVENT_TYPES: Final[EventTypes[TransferEvent]] = EventTypes(
    [
        TransferRequested,
        MoneyTaken,
        TransferRefused,
        ReceiverConfirmed,
        ConfirmationTimedOut,
        MoneyDelivered,
        DeliveryRefused,
        MoneyReturned,
        ReturnRefused,
        MoneySuspended,
    ]
)


# --- state ---------------------------------------------------------------------------------------

Phase = Literal[
    "new",
    "requested",
    "taken",
    "returning",
    "suspending",
    "delivered",
    "refused",
    "returned",
    "suspended",
]
ENDS: Final = frozenset({"delivered", "refused", "returned", "suspended"})


@dataclass(frozen=True)
class Transfer:
    """Where a transfer stands. `amount` in minor units."""

    phase: Phase = "new"
    confirmed: bool = False
    from_account: str = ""
    to_account: str = ""
    amount: int = 0
    currency: str = ""
    deadline: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing can follow any more."""
        return self.phase in ENDS

    @property
    def on_its_way(self) -> int:
        """What was taken and, as far as the process has noted, is nowhere yet; minor units."""
        return self.amount if self.phase in ("taken", "returning", "suspending") else 0

    def is_late(self, now: datetime) -> bool:
        """Whether it still waits for a confirmation, and the deadline has passed.

        Raises InvalidInput for a time without a zone; also for a deadline that is stored as one.
        """
        now = check_time("now", now)
        waits = self.phase == "taken" and not self.confirmed
        return waits and now >= parse_time("deadline", self.deadline)


def evolve(state: Transfer, event: TransferEvent) -> Transfer:
    """The transfer after `event`."""
    match event:
        case TransferRequested(from_account, to_account, amount, currency, deadline):
            return Transfer(
                "requested", False, from_account, to_account, amount, currency, deadline
            )
        case ReceiverConfirmed():
            return replace(state, confirmed=True)
        case _:
            return replace(state, phase=_AFTER[type(event)])


_AFTER: Final[dict[type[TransferEvent], Phase]] = {
    MoneyTaken: "taken",
    TransferRefused: "refused",
    ConfirmationTimedOut: "returning",
    MoneyDelivered: "delivered",
    DeliveryRefused: "returning",
    MoneyReturned: "returned",
    ReturnRefused: "suspending",
    MoneySuspended: "suspended",
}


# --- commands ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RequestTransfer:
    """Between two accounts, by their stream ids. `amount` in minor units; `deadline` as ISO 8601
    with its offset, to the microsecond: "2025-02-18T13:00:00+01:00".
    """

    from_account: str
    to_account: str
    amount: int
    currency: str
    deadline: str


@dataclass(frozen=True)
class ConfirmReceiver:
    """The receiver's message. It may come twice, too early, or too late."""


@dataclass(frozen=True)
class LookAtClock:
    """What time it is; aware."""

    now: datetime


TransferCommand = RequestTransfer | ConfirmReceiver | LookAtClock


class AlreadyRequested(DomainError):
    """A transfer is requested once."""

    def __init__(self) -> None:
        super().__init__("This transfer was requested before")


def decide(command: TransferCommand, state: Transfer) -> list[TransferEvent]:
    """What follows from a message or from time. A message that changes nothing gives no event.

    Whatever of a request is read only later is checked now, before any money moves. Raises
    InvalidInput, AlreadyRequested, AmountNotPositive, SameAccount.
    """
    match command:
        case RequestTransfer():
            if state.phase != "new":
                raise AlreadyRequested
            _check_request(command)
            return [
                TransferRequested(
                    command.from_account,
                    command.to_account,
                    command.amount,
                    command.currency,
                    command.deadline,
                )
            ]
        case ConfirmReceiver():
            in_time = state.phase in ("requested", "taken") and not state.confirmed
            return [ReceiverConfirmed()] if in_time else []
        case LookAtClock(now):
            return [ConfirmationTimedOut()] if state.is_late(now) else []
        case _:
            raise InvalidInput("message", f"is nothing to tell a transfer: {command!r}")


def _check_request(wish: RequestTransfer) -> None:
    for field, name in (("from_account", wish.from_account), ("to_account", wish.to_account)):
        if not check_name(field, name).removeprefix("account-") or not name.startswith("account-"):
            raise InvalidInput(field, f"must be as 'account-1023', not {name!r}")
        if name == SUSPENSE:
            raise InvalidInput(field, "is the suspense account, which is for what can go nowhere")
        if name.startswith(TRANSIT):
            raise InvalidInput(field, "is a transit account, which is for what is on its way")
    if wish.from_account == wish.to_account:
        raise SameAccount(wish.from_account)
    currency = money.check_currency(wish.currency)
    if money.check_amount(wish.amount) <= 0:
        raise AmountNotPositive(wish.amount, currency)
    parse_time("deadline", wish.deadline)


transfer: Final[Decider[TransferCommand, TransferEvent, Transfer]] = Decider(
    decide=decide,
    evolve=evolve,
    initial_state=Transfer(),
    is_terminal=lambda state: state.has_ended,
    event_types=TRANSFER_EVENT_TYPES,
)


# --- what is to be done --------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """A message to an account, and what to note when it is done or refused (with the reason)."""

    name: str
    account: str
    command: SendTransfer | ReceiveTransfer
    done: TransferEvent
    refused: Callable[[str], TransferEvent]


def next_task(state: Transfer, transfer_id: str) -> Task | None:
    """The message that has to be sent now; None where the transfer has ended, or waits."""
    amount, currency = state.amount, state.currency
    send = SendTransfer(amount, currency, state.to_account, transfer_id)
    receive = ReceiveTransfer(amount, currency, state.from_account, transfer_id)
    match state.phase:
        case "requested":
            return Task("take", state.from_account, send, MoneyTaken(), TransferRefused)
        case "taken" if state.confirmed:
            return Task("deliver", state.to_account, receive, MoneyDelivered(), DeliveryRefused)
        case "returning":
            back = replace(receive, from_account=state.to_account, memo="Transfer returned")
            return Task("return", state.from_account, back, MoneyReturned(), ReturnRefused)
        case "suspending":
            return Task("suspend", SUSPENSE, receive, MoneySuspended(), _no_way_out)
        case _:
            return None


def _no_way_out(reason: str) -> TransferEvent:
    """The suspense account has to take everything. If it does not, somebody has to look."""
    raise DomainError(f"The suspense account refused: {reason}")

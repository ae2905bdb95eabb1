"""Card payments: money is held first and captured later, and both limit what can be spent.

Holds lie in the stream whose withdrawals they limit, for a decision needs them under one expected
version. So an account with a card is a stream of a category of its own ("card-1001"), whose decider
is the account's with holds around it. A capture is two events of one append: HoldCaptured, which
moves no money, and MoneyWithdrawn, which folds and read models of the bank know already. (The
queries over the whole bank in `replay` read the streams "account-…" alone.)

A hold ends by an event, and counts until its end alone: a decision compares that end with the
command's time, so a timer that is late, or twice there, grants no money and takes none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, assert_never, get_args

from ..codec import EventTypes
from ..decider import Decider
from ..errors import DomainError, InvalidInput
from . import errors, money
from .account import Account, account, has_ended
from .commands import AccountCommand, Close, CloseBooks, Withdraw
from .events import EVENT_TYPES as ACCOUNT_TYPES
from .events import AccountEvent, MoneyWithdrawn


class HoldNotOpen(DomainError):
    """There is no such hold, or it has ended: it was captured, released, or has expired."""

    def __init__(self, hold_id: str) -> None:
        super().__init__(f"No hold {hold_id!r} is open; what has settled is posted by force")


class HoldIsOpen(DomainError):
    """A hold is placed once."""


class HoldsAreOpen(DomainError):
    """An account is not closed, nor its books, while somebody has been promised money of it."""


class NotAvailable(DomainError):
    """More is wanted than is available: posted and the overdraft, less what is held."""

    def __init__(self, available: int, held: int, amount: int, currency: str) -> None:
        super().__init__(
            f"{money.display(available, currency)} is available and "
            f"{money.display(held, currency)} held; {money.display(amount, currency)} is too much"
        )


class MoreThanHeld(DomainError):
    """A capture takes at most what its hold reserves."""


# --- events --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HoldPlaced:
    """Money was promised to `merchant`. It counts before `until`, and from that moment no more."""

    hold_id: str
    amount: int
    currency: str
    merchant: str
    until: datetime


@dataclass(frozen=True)
class HoldRaised:
    """The same hold reserves `amount` more."""

    hold_id: str
    amount: int


@dataclass(frozen=True)
class HoldCaptured:
    """The merchant took `amount` of it. What is left stays reserved, unless this was `final`.

    It moves no money itself: MoneyWithdrawn stands behind it, in the same append.
    """

    hold_id: str
    amount: int
    final: bool


@dataclass(frozen=True)
class HoldReleased:
    """The merchant gave back what was not captured."""

    hold_id: str


@dataclass(frozen=True)
class HoldExpired:
    """Its end has passed, and somebody has noted it."""

    hold_id: str


@dataclass(frozen=True)
class ForcePosted:
    """The card network settled what no hold covers, and MoneyWithdrawn stands behind it.

    A fact from outside: the balance may fall below the limit. `reference` is the network's.
    """

    amount: int
    reason: str
    reference: str


HoldEvent = HoldPlaced | HoldRaised | HoldCaptured | HoldReleased | HoldExpired | ForcePosted
CardEvent = AccountEvent | HoldEvent

EVENT_TYPES: Final[EventTypes[CardEvent]] = EventTypes(
    [*ACCOUNT_TYPES.classes.values(), *get_args(HoldEvent)]
)


# --- commands ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """`now` and `until` are aware; amounts are minor units, here and in all that follow."""

    hold_id: str
    amount: int
    currency: str
    merchant: str
    until: datetime
    now: datetime


@dataclass(frozen=True)
class Raise:
    """By `amount`, which has to be available beside what is held already."""

    hold_id: str
    amount: int
    now: datetime


@dataclass(frozen=True)
class Capture:
    """All of it or a part; with `final` the rest is free again."""

    hold_id: str
    amount: int
    now: datetime
    final: bool = True


@dataclass(frozen=True)
class Release:
    hold_id: str


@dataclass(frozen=True)
class Expire:
    """Note the end of each hold whose `until` has come; of none, if there is none."""

    now: datetime


@dataclass(frozen=True)
class ForcePost:
    """News of a payment that has settled without a hold: not a wish, so no rule refuses it.

    With a command_id made of `reference`, a line that comes twice is posted once.
    """

    amount: int
    currency: str
    reason: str
    reference: str


@dataclass(frozen=True)
class Ask:
    """A command to the account itself, at a time: holds limit what it can spend."""

    command: AccountCommand
    now: datetime


CardCommand = Place | Raise | Capture | Release | Expire | ForcePost | Ask


# --- the decider ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hold:
    """What is still reserved, in minor units, for whom, and until when."""

    reserved: int
    merchant: str
    until: datetime


@dataclass(frozen=True)
class CardAccount:
    """An account and its open holds. Those that have ended leave the state, so it stays small."""

    account: Account = field(default_factory=Account)
    holds: Mapping[str, Hold] = field(default_factory=dict)

    @property
    def posted(self) -> int:
        """What has settled: the balance of statements and of interest."""
        return self.account.balance

    def held(self, now: datetime) -> int:
        """What is reserved at this moment, by holds whose end has not come."""
        return sum(hold.reserved for hold in self.holds.values() if now < hold.until)

    def available(self, now: datetime) -> int:
        """What can be spent at this moment; below zero only after a posting by force."""
        return self.account.available - self.held(now)


def evolve(state: CardAccount, event: CardEvent) -> CardAccount:
    """The card account after one more event."""
    match event:
        case HoldPlaced(hold_id, amount, _, merchant, until):
            return _with(state, hold_id, Hold(amount, merchant, until))
        case HoldRaised(hold_id, amount):
            hold = state.holds[hold_id]
            return _with(state, hold_id, replace(hold, reserved=hold.reserved + amount))
        case HoldCaptured(hold_id, amount, final):
            hold = state.holds[hold_id]
            rest = replace(hold, reserved=hold.reserved - amount)
            return _with(state, hold_id, None if final or rest.reserved == 0 else rest)
        case HoldReleased(hold_id) | HoldExpired(hold_id):
            return _with(state, hold_id, None)
        case ForcePosted():
            return state  # the withdrawal behind it is what counts
        case _:
            return replace(state, account=account.evolve(state.account, event))


def decide(command: CardCommand, state: CardAccount) -> list[CardEvent]:
    """What follows. Raises a DomainError of this module or of banking.errors, and InvalidInput."""
    match command:
        case Ask(asked, now):
            return list(_of_the_account(asked, state, now))
        case Place(hold_id, amount, currency, merchant, until, now):
            if hold_id in state.holds:
                raise HoldIsOpen(f"Hold {hold_id!r} is open already; it can be raised")
            if until <= now:
                raise InvalidInput("until", "has to come after now")
            _check_available(amount, currency, state, now)
            return [HoldPlaced(hold_id, amount, currency, merchant, until)]
        case Raise(hold_id, amount, now):
            _open_hold(hold_id, state, now)
            _check_available(amount, state.account.currency, state, now)
            return [HoldRaised(hold_id, amount)]
        case Capture(hold_id, amount, now, final):
            hold, currency = _open_hold(hold_id, state, now), state.account.currency
            _check_amount(amount, currency)
            if amount > hold.reserved:
                held = money.display(hold.reserved, currency)
                raise MoreThanHeld(f"Hold {hold_id!r} reserves {held}, and no more")
            taken = MoneyWithdrawn(amount, currency, hold.merchant)
            return [HoldCaptured(hold_id, amount, final), taken]
        case Release(hold_id):
            if hold_id not in state.holds:
                raise HoldNotOpen(hold_id)
            return [HoldReleased(hold_id)]
        case Expire(now):
            due = [name for name, hold in state.holds.items() if hold.until <= now]
            return [HoldExpired(name) for name in due]
        case ForcePost(amount, currency, reason, reference):
            _check_amount(amount, currency)
            _check_settles(currency, state.account)
            taken = MoneyWithdrawn(amount, currency, reason)
            return [ForcePosted(amount, reason, reference), taken]
        case _:
            assert_never(command)


card: Final[Decider[CardCommand, CardEvent, CardAccount]] = Decider(
    decide=decide,
    evolve=evolve,
    initial_state=CardAccount(),
    is_terminal=lambda state: has_ended(state.account),
    event_types=EVENT_TYPES,
)


def _of_the_account(
    command: AccountCommand, state: CardAccount, now: datetime
) -> list[AccountEvent]:
    """The account decides, as if what is held were gone."""
    if isinstance(command, Close | CloseBooks) and state.holds:
        still = ", ".join(sorted(state.holds))
        raise HoldsAreOpen(f"Still held: {still}; capture, release or expire them first")
    held = state.held(now)
    without = replace(state.account, balance=state.account.balance - held)
    try:
        return account.decide(command, without)
    except errors.InsufficientFunds as short:
        raise NotAvailable(state.available(now), held, short.amount, short.currency) from None


def _check_available(amount: int, currency: str, state: CardAccount, now: datetime) -> None:
    """As for a withdrawal: the account says whether it takes one at all, as it stands."""
    _of_the_account(Withdraw(amount, currency), state, now)


def _check_amount(amount: int, currency: str) -> None:
    if money.check_amount(amount) <= 0:
        raise errors.AmountNotPositive(amount, currency)


def _check_settles(currency: str, state: Account) -> None:
    """Whether a settled payment belongs here: else it is one for a suspense account."""
    if state.status == "new":
        raise errors.AccountNotOpen
    if has_ended(state):
        raise errors.AccountIsClosed
    if money.check_currency(currency) != state.currency:
        raise errors.CurrencyMismatch(currency, state.currency)


def _open_hold(hold_id: str, state: CardAccount, now: datetime) -> Hold:
    hold = state.holds.get(hold_id)
    if hold is None or hold.until <= now:
        raise HoldNotOpen(hold_id)
    return hold


def _with(state: CardAccount, hold_id: str, hold: Hold | None) -> CardAccount:
    others = {name: one for name, one in state.holds.items() if name != hold_id}
    return replace(state, holds=others if hold is None else {**others, hold_id: hold})

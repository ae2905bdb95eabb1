"""What an account refuses, in words that the customer at the counter would understand."""

from __future__ import annotations

from ..errors import DomainError
from .money import display


class AccountNotOpen(DomainError):
    """The account has not been opened yet."""

    def __init__(self) -> None:
        super().__init__("There is no such account yet; it has to be opened first")


class AccountAlreadyOpen(DomainError):
    """An account is opened once."""

    def __init__(self, owner: str) -> None:
        super().__init__(f"Account is open already, for {owner}; it cannot be opened twice")
        self.owner = owner


class AccountIsFrozen(DomainError):
    """Nothing happens on a frozen account until it is unfrozen."""

    def __init__(self) -> None:
        super().__init__("Account is frozen; nothing can be booked until it is unfrozen")


class AccountIsNotFrozen(DomainError):
    """Only a frozen account can be unfrozen."""

    def __init__(self) -> None:
        super().__init__("Account is not frozen, so it cannot be unfrozen")


class AccountIsClosed(DomainError):
    """Nothing happens on a closed account, ever."""

    def __init__(self) -> None:
        super().__init__("Account is closed; nothing can be booked on it any more")


class BooksAreClosed(DomainError):
    """Nothing is booked in a closed book: the account goes on in the stream `continues_in`."""

    def __init__(self, continues_in: str) -> None:
        super().__init__(f"The books here are closed; the account goes on in {continues_in}")
        self.continues_in = continues_in


class AmountNotPositive(DomainError):
    """Money moves in amounts above zero; the command says in which direction."""

    def __init__(self, amount: int, currency: str) -> None:
        super().__init__(f"An amount must be above zero, not {display(amount, currency)}")
        self.amount = amount
        self.currency = currency


class NothingToCorrect(DomainError):
    """A correction of zero corrects nothing."""

    def __init__(self) -> None:
        super().__init__("A correction of zero changes nothing")


class CurrencyMismatch(DomainError):
    """An account holds one currency."""

    def __init__(self, currency: str, account_currency: str) -> None:
        super().__init__(f"Account is held in {account_currency}; it cannot take {currency}")
        self.currency = currency
        self.account_currency = account_currency


class InsufficientFunds(DomainError):
    """The balance would fall below the overdraft limit. All amounts in minor units."""

    def __init__(self, balance: int, overdraft_limit: int, amount: int, currency: str) -> None:
        super().__init__(
            f"Account holds {display(balance, currency)} with an overdraft limit of "
            f"{display(overdraft_limit, currency)}; {display(amount, currency)} cannot be withdrawn"
        )
        self.balance = balance
        self.overdraft_limit = overdraft_limit
        self.amount = amount
        self.currency = currency


class BalanceNotZero(DomainError):
    """An account is closed when nothing is left on it and nothing owed."""

    def __init__(self, balance: int, currency: str) -> None:
        super().__init__(f"Account holds {display(balance, currency)}; it must be zero to close")
        self.balance = balance
        self.currency = currency


class SameAccount(DomainError):
    """A transfer needs two accounts."""

    def __init__(self, stream_id: str) -> None:
        super().__init__(f"{stream_id} cannot transfer money to itself")
        self.stream_id = stream_id

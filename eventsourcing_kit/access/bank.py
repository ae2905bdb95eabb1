"""The bank's roles, and what each may see and order: for the chapter, its widget and the tests.

Names and free texts are what a neighbour is curious about; amounts are what a balance is made of.
"""

from __future__ import annotations

from typing import Final, assert_never

from ..banking import account
from ..banking.account import Account
from ..banking.commands import (
    AccountCommand,
    ChargeFee,
    Close,
    CloseBooks,
    CorrectEntry,
    CreditInterest,
    Deposit,
    Freeze,
    OpenAccount,
    OpenBooks,
    ReceiveTransfer,
    SendTransfer,
    Unfreeze,
    Withdraw,
)
from ..errors import NotAuthorised
from .commands import authorised
from .policy import APPEND, EVERY, READ, Actor, Policy, Rule

TELLERS_LIMIT: Final = 100_000  # minor units that a teller pays out alone

COUNTER: Final = ("AccountOpened", "MoneyDeposited", "MoneyWithdrawn", "FeeCharged")

POLICY: Final = Policy(
    [
        Rule("teller", READ, "account-*", mask=["owner", "memo", "reason"]),
        Rule("teller", APPEND, "account-*", types=COUNTER),
        Rule("adviser", READ, "account-*"),
        Rule("fraud desk", READ, "account-*", metadata=EVERY),
        Rule("fraud desk", APPEND, "account-*", types=["AccountFrozen", "AccountUnfrozen"]),
        Rule("statistics", READ, "account-*", types=["MoneyDeposited", "MoneyWithdrawn"],
             mask=["memo"], metadata=()),
        Rule("customer", READ, "account-{actor}"),
        Rule("auditor", READ, EVERY, metadata=EVERY, every_tenant=True),
    ]
)  # fmt: skip
"""Nobody here is a customer and a teller at once by accident: a second role only adds."""

ROLES: Final = ("teller", "adviser", "fraud desk", "statistics", "customer", "auditor")


def check(actor: Actor, command: AccountCommand, state: Account) -> None:
    """Raise NotAuthorised unless the actor may give this command to an account as it is now.

    A customer orders on the account that bears their name as owner; a teller serves at the
    counter, up to a limit; the fraud desk freezes; the bank's own machines (the role "bank") do
    the rest.
    """
    if "bank" in actor.roles or _by_role(actor, command, state):
        return
    raise NotAuthorised(actor.name, f"{type(command).__name__} is for none of their roles")


def _by_role(actor: Actor, command: AccountCommand, state: Account) -> bool:
    match command:
        case OpenAccount() | Deposit():
            return "teller" in actor.roles
        case Withdraw(amount):
            if "teller" in actor.roles and amount > TELLERS_LIMIT:
                raise NotAuthorised(actor.name, "so much is paid out by two")
            return "teller" in actor.roles
        case SendTransfer():
            return "customer" in actor.roles and actor.name == state.owner
        case Freeze() | Unfreeze():
            return "fraud desk" in actor.roles
        case Close() | CorrectEntry() | ChargeFee() | CreditInterest() | ReceiveTransfer():
            return False
        case CloseBooks() | OpenBooks():
            return False
        case _:
            assert_never(command)


account_by: Final = authorised(account, check)
"""The bank's account for commands that say who gives them: By(actor, Deposit(...))."""

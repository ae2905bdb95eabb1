"""A deposit beside ours contradicts nothing: told so, the loser appends without deciding again."""

from dataclasses import replace

import eventsourcing_kit as es

bank = es.banking
rivals, decisions = [], []
store = es.open_store(":memory:")


def decide(command, state):
    """The bank's, but a rival appends while we decide for the first time."""
    decisions.append(command)
    if rivals:
        store.append("account-1", [rivals.pop()], es.ANY)
    return bank.decide(command, state)


def both_deposits(ours, theirs):
    return all(isinstance(event, bank.MoneyDeposited) for event in [*ours, *theirs])


es.handle(store, bank.account, "account-1", bank.OpenAccount("Ada", "EUR"))
account = replace(bank.account, decide=decide)
for type_ in ("MoneyDeposited", "AccountFrozen"):
    data = {"reason": "x"} if type_ == "AccountFrozen" else {"amount": 500, "currency": "EUR"}
    rivals.append(es.NewEvent(type_, data))
    decisions.clear()
    try:
        ours = bank.Deposit(700, "EUR")
        es.handle(store, account, "account-1", ours, commutes=both_deposits)
        print(f"beside {type_}: stored, decided {len(decisions)} times")
    except es.DomainError as refused:
        print(f"beside {type_}: {type(refused).__name__}, decided {len(decisions)} times")

# It prints:
# beside MoneyDeposited: stored, decided 1 times
# beside AccountFrozen: AccountIsFrozen, decided 2 times

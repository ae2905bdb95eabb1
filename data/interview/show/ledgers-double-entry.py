"""Half a transfer: each account folds well, and the trial balance shows what is on its way."""

import eventsourcing_kit as es

bank, postings = es.banking, es.banking.postings
store = es.open_store(":memory:")


def do(stream_id, command):
    es.handle(store, bank.account, stream_id, command)


for name in ("account-1", "account-2"):
    do(name, bank.OpenAccount(name, "EUR"))
do("account-1", bank.Deposit(10_000, "EUR"))
do("account-1", bank.SendTransfer(2_500, "EUR", "account-2", "t1"))
for said in ("half", "whole"):
    entries = filter(None, map(postings.entry_of, store.read_all()))
    trial = postings.totals(one for entry in entries for one in entry.postings)
    waiting = trial["between accounts", "EUR"]
    print(f"{said}: the sum is {sum(trial.values())}, between accounts {waiting}")
    do("account-2", bank.ReceiveTransfer(2_500, "EUR", "account-1", "t1"))

# It prints:
# half: the sum is 0, between accounts 2500
# whole: the sum is 0, between accounts 0

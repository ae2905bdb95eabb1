"""92.40 euros for 100 dollars is no entry; through the bank's two positions it is one."""

import eventsourcing_kit as es

p = es.banking.postings
euros, dollars = p.Posting("customer", -9_240, "EUR"), p.Posting("payee", 10_000, "USD")
positions = p.Posting("position", 9_240, "EUR"), p.Posting("position", -10_000, "USD")
for legs in ((euros, dollars), (euros, *positions, dollars)):
    try:
        entry = p.Entry(legs)
        sums = p.totals(entry.postings)
        print(len(legs), "postings, of the bank:", sums["position", "EUR"], sums["position", "USD"])
    except p.Unbalanced as refused:
        print(len(legs), "postings:", refused)

# It prints:
# 2 postings: The postings leave -92.40 EUR, 100.00 USD; in each currency they have to sum to zero
# 4 postings, of the bank: 9240 -10000

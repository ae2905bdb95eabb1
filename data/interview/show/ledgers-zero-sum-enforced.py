"""An entry that does not come out at zero cannot be made; a nightly sum only finds it."""

import eventsourcing_kit as es

postings = es.banking.postings
gross, fee = postings.Posting("merchant", 10_000, "EUR"), postings.Posting("fees", 150, "EUR")
for paid in (-10_000, -10_150):
    try:
        entry = postings.Entry((postings.Posting("customer", paid, "EUR"), gross, fee))
        print(f"{paid}: an entry of {len(entry.postings)} postings")
    except postings.Unbalanced as refused:
        print(f"{paid}: {refused}")

# It prints:
# -10000: The postings leave 1.50 EUR; in each currency they have to sum to zero
# -10150: an entry of 3 postings

"""Eight writers, one stream: 36 tries for 8 events; with a stream each it takes 8, in a batch 1."""

import eventsourcing_kit as es


def paid():
    return es.NewEvent("MoneyDeposited", {"amount": 100, "currency": "EUR"})


def rounds(stream_of):
    """All that are left read, then all try to append; whoever was overtaken goes again."""
    store, left, tries = es.open_store(":memory:"), list(range(8)), 0
    while left:
        seen = {writer: store.version(stream_of(writer)) for writer in left}
        for writer, version in seen.items():
            tries += 1
            try:
                store.append(stream_of(writer), [paid()], version)
                left.remove(writer)
            except es.WrongExpectedVersion:
                pass
    return tries, es.fold(lambda cents, event: cents + event.data["amount"], store.read_all(), 0)


print("one stream:      ", *rounds(lambda writer: "account-1"))
print("eight sub-streams:", *rounds(lambda writer: f"account-1.{writer}"))
store = es.open_store(":memory:")
store.append("account-1", [paid() for _ in range(8)], 0)
print("one who batches: 1", 100 * store.version("account-1"))

# It prints:
# one stream:       36 800
# eight sub-streams: 8 800
# one who batches: 1 800

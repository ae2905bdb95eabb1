"""A name reserved as a stream that must be new is taken once; a look into a list lets two in."""

import eventsourcing_kit as es

store = es.open_store(":memory:")
seen = [{event.data["name"] for event in store.read_all()} for _ in range(2)]  # both look first
for number, names in enumerate(seen, 1):
    if "ada" not in names:
        fresh = es.NewEvent("UserRegistered", {"name": "ada"})
        store.append(f"user-{number}", [fresh], es.NO_STREAM)
print("looked first:", len(store.read_all()), "users named ada")

store = es.open_store(":memory:")
for number in (1, 2):
    try:
        claimed = es.NewEvent("NameClaimed", {"user": number})
        store.append("username-ada", [claimed], es.NO_STREAM)
        print(f"user {number}: has the name")
    except es.WrongExpectedVersion:
        print(f"user {number}: the name is taken")

# It prints:
# looked first: 2 users named ada
# user 1: has the name
# user 2: the name is taken

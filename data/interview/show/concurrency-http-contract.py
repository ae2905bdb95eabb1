"""If-Match is an expected version: a stale ETag gets 412 and nothing is stored, none gets 428."""

import eventsourcing_kit as es

store = es.open_store(":memory:")
store.append("account-1", [es.NewEvent("AccountOpened", {"owner": "Ada"})], es.NO_STREAM)


def etag():
    return f'"{store.version("account-1")}"'


def put_name(name, headers):
    if "If-Match" not in headers:
        return 428
    expected = int(headers["If-Match"].strip('"'))
    try:
        store.append("account-1", [es.NewEvent("NameChanged", {"name": name})], expected)
    except es.WrongExpectedVersion:
        return 412
    return 204


seen = etag()  # both clients read here
print("no If-Match:", put_name("Eve", {}))
print("the first:  ", put_name("Ada L.", {"If-Match": seen}))
print("the second: ", put_name("A. Lovelace", {"If-Match": seen}), "· the ETag is", etag(), "now")

# It prints:
# no If-Match: 428
# the first:   204
# the second:  412 · the ETag is "2" now

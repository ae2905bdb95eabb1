"""The relay dies after sending: the message goes out twice, and by its id it is applied once."""

import eventsourcing_kit as es

store = es.open_store(":memory:")
for number in (1, 2):
    store.append("order-1", [es.NewEvent("OrderShipped", {"parcel": number})], es.ANY)
sent, mark = [], {"position": 0}


def relay(dies_after=None):
    for event in store.read_all(after_position=mark["position"]):
        sent.append(event)  # the broker has it
        if event.position == dies_after:
            return
        mark["position"] = event.position


relay(dies_after=1)
relay()
applied, seen = 0, set()
for message in sent:
    applied += message.event_id not in seen
    seen.add(message.event_id)
print("sent:", [message.position for message in sent])
print("applied by whoever keeps the ids:", applied)

# It prints:
# sent: [1, 1, 2]
# applied by whoever keeps the ids: 2

"""Sorted keys are not one form yet: Python and RFC 8785 write the same value in other bytes."""

import json

import eventsourcing_kit as es

value = {"amount": 100.0, "rate": 1e-7}
ours = json.dumps(value, sort_keys=True, separators=(",", ":"))
print("Python:  ", ours)
print("RFC 8785:", es.integrity.canonical(value).decode())
again = json.loads('{"rate": 1E-7, "amount": 100}')
print("parsed and written anew:", es.integrity.canonical(again) == es.integrity.canonical(value))

# It prints:
# Python:   {"amount":100.0,"rate":1e-07}
# RFC 8785: {"amount":100,"rate":1e-7}
# parsed and written anew: True

"""A hash chain notices a changed amount, and not that the last events were cut off."""

from tempfile import TemporaryDirectory

import eventsourcing_kit as es

tampering = es.integrity.tampering
with TemporaryDirectory() as folder, tampering.Lab(folder) as lab:
    for name, at in (("change an amount", 7), ("cut the tail", 12)):
        made = lab.attack(name, at, rehash=False)
        for defences in ({"chain"}, {"chain", "checkpoint"}):
            notice = made.noticed[frozenset(defences)]
            print(f"{name}, by {' and '.join(sorted(defences))}:", "seen" if notice else "unseen")

# It prints:
# change an amount, by chain: seen
# change an amount, by chain and checkpoint: seen
# cut the tail, by chain: unseen
# cut the tail, by chain and checkpoint: seen

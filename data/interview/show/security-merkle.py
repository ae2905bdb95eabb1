"""One event of 100,000 is proved by 17 hashes, and the proof of another one is refused."""

import eventsourcing_kit as es

merkle = es.integrity.merkle
leaves = [merkle.leaf_hash(str(number).encode()) for number in range(100_000)]
root, proof = merkle.root(leaves), merkle.inclusion_proof(70_000, leaves)
print("hashes in the proof:", len(proof))
print("the event:  ", merkle.verify_inclusion(leaves[70_000], 70_000, len(leaves), proof, root))
print("another one:", merkle.verify_inclusion(leaves[70_001], 70_000, len(leaves), proof, root))
growth = merkle.consistency_proof(50_001, leaves)
yesterday = merkle.root(leaves[:50_001])
said = merkle.verify_consistency(50_001, len(leaves), growth, yesterday, root)
print("hashes that prove yesterday's log is its beginning:", len(growth), said)

# It prints:
# hashes in the proof: 17
# the event:   True
# another one: False
# hashes that prove yesterday's log is its beginning: 18 True

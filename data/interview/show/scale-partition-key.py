"""A million streams over 64 partitions: the busier one of them, the fuller its partition."""

import eventsourcing_kit as es

for skew in (0.0, 0.5, 1.0):
    share = es.capacity.hottest_share(1_000_000, skew, 64)
    print(f"skew {skew}: the fullest of 64 gets {share * 64:.2f} times its part")

# It prints:
# skew 0.0: the fullest of 64 gets 1.03 times its part
# skew 0.5: the fullest of 64 gets 1.08 times its part
# skew 1.0: the fullest of 64 gets 7.82 times its part

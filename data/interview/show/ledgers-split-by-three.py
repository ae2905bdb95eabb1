"""100.00 for three: shares that are rounded one by one lose a cent; by remainders none is lost."""

import eventsourcing_kit as es

total = 10_000
rounded = [round(total / 3)] * 3
print("each rounded:       ", rounded, "=", sum(rounded))
shares = es.banking.money.split(total, [1, 1, 1])
print("by largest remainder:", shares, "=", sum(shares))
print("and as a refund:     ", es.banking.money.split(-total, [1, 1, 1]))
print("in floats:           ", 0.1 + 0.2 == 0.3)

# It prints:
# each rounded:        [3333, 3333, 3333] = 9999
# by largest remainder: [3334, 3333, 3333] = 10000
# and as a refund:      [-3334, -3333, -3333]
# in floats:            False

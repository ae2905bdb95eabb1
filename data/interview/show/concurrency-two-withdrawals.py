"""Two withdrawals of 80 from 100: of their six orders four overdraw, or none with the version."""

import eventsourcing_kit as es

race, explore = es.schedules.scenarios.events, es.schedules.explore
for checked in (False, True):
    report = explore(race(2, expected_version=checked, unique=checked))
    said = "with an expected version" if checked else "without"
    print(f"{said}: {len(report.broken)} of {len(report.runs)} orders overdraw")
    if report.broken:
        print("  the shortest:", report.shortest.schedule, "·", report.shortest.broken[0][1])

# It prints:
# without: 4 of 6 orders overdraw
#   the shortest: ABBA · the balance is -60
# with an expected version: 0 of 6 orders overdraw

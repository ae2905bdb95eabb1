"""Writers: what is refused although it is right, and accepted although it is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from ..scene import Scene
from ..site import Site
from .catching_up import deposit
from .twice import in_a_process


class EveryAppendRefused(Scene):
    """A stream's last version is looked up by time, and a clock is three milliseconds behind."""

    name = "every-append-refused"
    tables = "CREATE TABLE commands (noted_at TIMESTAMPTZ, name VARCHAR, outcome VARCHAR);"
    counts = ("command is lost", "commands are lost")
    BEHIND = (timedelta(milliseconds=-3), timedelta(0), timedelta(seconds=1))  # b's clock, by case

    def happen(self, site: Site, answer: Any, case: int) -> None:
        deposit(site, 9, 1)
        if answer(site.db, "account-404") != 0:
            raise ValueError("a stream without events is at version 0")
        for n in range(1, 9):
            who = "b" if n == 4 else "a"
            clock = site.now + (self.BEHIND[case] if who == "b" else timedelta(0))
            outcome = "refused"
            for _ in range(3):
                version = answer(site.db, "account-1") + 1
                if version == int(self.evidence(site)) + 1:
                    deposit(site, 1, 100, version=version, recorded_at=clock)
                    outcome = "appended"
                    break
            word = "version" if outcome == "appended" else "as no event may follow version"
            number = version if outcome == "appended" else version - 1
            site.say(f"app-{who}: deposit {n} {outcome}, {word} {number}")
            row = [site.now, f"deposit {n}", outcome]
            site.db.execute("INSERT INTO commands VALUES (?, ?, ?)", row)
            site.wait(0.0 if n == 3 else 60.0)  # 3 and 4 come at the same moment

    def _lost(self, site: Site) -> int:
        return int(site.value("SELECT count(*) FROM commands WHERE outcome = 'refused'"))

    def evidence(self, site: Site) -> str:
        newest = "SELECT coalesce(max(version), 0) FROM events WHERE stream_id = 'account-1'"
        return str(site.value(newest))

    def wrong(self, site: Site) -> int:
        return self._lost(site)

    def act(self, site: Site, number: int) -> None:
        if number == 3:
            site.db.execute("UPDATE commands SET outcome = 'kept' WHERE outcome = 'refused'")


class AcceptedAndNotThere(Scene):
    """An id is made of the account, so a second deposit to it counts as a retry of the first."""

    name = "accepted-and-not-there"
    tables = """
    CREATE TABLE requests (noted_at TIMESTAMPTZ, request VARCHAR, command_id VARCHAR,
                           account VARCHAR, amount BIGINT, reply VARCHAR);
    """
    counts = ("change is missing or there twice", "changes are missing or there twice")
    # request, command id, account, amount; the same command id again is a retry.
    COURSES = (
        (("r1", "c1", 1, 500), ("r2", "c2", 2, 300), ("r3", "c3", 1, 700), ("r4", "c4", 2, 300)),
        (("r1", "c1", 1, 500), ("r2", "c1", 1, 500), ("r3", "c2", 1, 500)),
        (("r1", "c1", 1, 500), ("r2", "c2", 2, 500)),
    )

    def happen(self, site: Site, answer: Any, case: int) -> None:
        for request, command, account, amount in self.COURSES[case]:
            asked = {"command_id": command, "account": f"account-{account}", "amount": amount}
            event_id = answer(dict(asked))
            if not isinstance(event_id, UUID):
                raise TypeError(f"an event's id has to be a UUID, and is {event_id!r}")
            known = site.value("SELECT version FROM events WHERE event_id = ?", str(event_id))
            if known is None:
                data = {"amount": amount, "command": command}
                site.append(f"account-{account}", "MoneyDeposited", data, event_id=event_id.int)
            site.say(f"store: 201 for {request}{'' if known is None else ', event id is known'}")
            row = [site.now, request, command, asked["account"], amount, "201"]
            site.db.execute("INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?)", row)
            site.wait(30)

    def evidence(self, site: Site) -> str:
        found = """
        SELECT request FROM requests ANTI JOIN
            (SELECT data.command::VARCHAR AS command_id FROM events) USING (command_id)
        ORDER BY request LIMIT 1
        """
        return str(site.value(found))

    def wrong(self, site: Site) -> int:
        commands = int(site.value("SELECT count(DISTINCT command_id) FROM requests"))
        stored = int(site.value("SELECT count(DISTINCT data.command::VARCHAR) FROM events"))
        events = int(site.value("SELECT count(*) FROM events"))
        return (commands - stored) + (events - stored)

    def act(self, site: Site, number: int) -> None:
        missing = site.rows(
            "SELECT account, amount, command_id FROM requests ANTI JOIN "
            "(SELECT data.command::VARCHAR AS command_id FROM events) USING (command_id)"
        )
        match number:
            case 1:
                for account, amount, command in missing[:1]:  # again under the id that is known
                    site.say(f"store: 201 for {command} of {account}, {amount}, event id is known")
            case 2:
                for n, (account, amount, command) in enumerate(missing):
                    data = {"amount": amount, "command": command}
                    site.append(account, "MoneyDeposited", data, event_id=9000 + n)
            case 3:
                for n, row in enumerate(
                    site.rows("SELECT account, amount, command_id FROM requests")
                ):
                    data = {"amount": row[1], "command": row[2]}
                    site.append(row[0], "MoneyDeposited", data, event_id=9000 + n)


class WrittenAndUnreadable(Scene):
    """A deleted stream is opened again by an append, in two steps."""

    name = "written-and-unreadable"
    tables = """
    CREATE TABLE stream_metadata (stream_id VARCHAR PRIMARY KEY, truncate_before BIGINT NOT NULL);
    CREATE TABLE acknowledged (noted_at TIMESTAMPTZ, stream_id VARCHAR, version BIGINT);
    """
    counts = (
        "event cannot be read, or can again",
        "events cannot be read, or can again",
    )
    cases = 5
    DELETED = 2**63 - 1
    KILLED_BEFORE = (2, 1, 3, 4, 0)
    VISIBLE = """
    SELECT version FROM events LEFT JOIN stream_metadata USING (stream_id)
    WHERE stream_id = ? AND version >= coalesce(truncate_before, 0) ORDER BY version
    """

    def happen(self, site: Site, answer: Any, case: int) -> None:
        for _ in range(3):
            deposit(site, 1, 100)
        row = ["account-1", self.DELETED]
        site.db.execute("INSERT INTO stream_metadata VALUES (?, ?)", row)
        site.say("store: account-1 is deleted, truncate_before is the largest number")
        site.wait(3600)

        def append(session: Any) -> None:
            answer(session, "account-1", 4, lambda: self._write(session, site))

        if in_a_process(site, self.KILLED_BEFORE[case], append):
            site.say("store: append to account-1, version 4, acknowledged")
        else:
            site.say("store: power lost while appending to account-1; started again")
        if self._written(site):
            row = [site.now, "account-1", 4]
            site.db.execute("INSERT INTO acknowledged VALUES (?, ?, ?)", row)

    def _write(self, session: Any, site: Site) -> None:
        session.execute("SELECT 1")  # a call of its own, before which the power can go
        deposit(site, 1, 900, version=4)

    def _written(self, site: Site) -> bool:
        return bool(site.value("SELECT count(*) FROM events WHERE version = 4"))

    def evidence(self, site: Site) -> str:
        return str(site.value("SELECT truncate_before FROM stream_metadata"))

    def wrong(self, site: Site) -> int:
        visible = [version for (version,) in site.rows(self.VISIBLE, "account-1")]
        wanted = [4] if self._written(site) else []
        return len(set(visible) ^ set(wanted))

    def act(self, site: Site, number: int) -> None:
        match number:
            case 1:
                site.say("store: started again")
            case 2:
                site.db.execute("UPDATE stream_metadata SET truncate_before = 4")
            case 3:
                site.db.execute("DELETE FROM stream_metadata")


SCENES = (EveryAppendRefused, AcceptedAndNotThere, WrittenAndUnreadable)

"""What goes out, and what is set aside: an outbox, a dead-letter queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ....event import RecordedEvent
from ..scene import Scene
from ..site import Site

Report = Callable[[str | None], None]


class Broker:
    """A broker's client: `produce` returns at once, and `flush` waits for what became of it."""

    def __init__(self, site: Site, down: Iterable[int]) -> None:
        self._site, self._down = site, set(down)
        self._sent: list[tuple[str, Report | None]] = []
        self.tick = 0

    def produce(self, message: str, on_delivery: Report | None = None) -> None:
        """Put a message into the client's buffer. `on_delivery(error)` is called by `flush`."""
        self._sent.append((message, on_delivery))

    def flush(self) -> None:
        """Send what is in the buffer, and report each: None, or what went wrong."""
        sent, self._sent = self._sent, []
        for message, report in sent:
            error = "broker not available" if self.tick in self._down else None
            if error is None:
                self._site.db.execute("INSERT INTO topic VALUES (?)", [message])
            if report is not None:
                report(error)


class SentSaysTheOutbox(Scene):
    """A row is marked as sent when the message lies in the client's buffer."""

    name = "sent-says-the-outbox"
    tables = """
    CREATE TABLE outbox (id VARCHAR PRIMARY KEY, state VARCHAR, marked_at TIMESTAMPTZ);
    CREATE TABLE topic (id VARCHAR);
    """
    counts = ("message is lost, or its row is wrong", "messages are lost, or their rows are wrong")
    DOWN = ((2,), (1, 3), ())  # the ticks at which the broker is down, by case

    def happen(self, site: Site, answer: Any, case: int) -> None:
        broker = Broker(site, self.DOWN[case])

        def mark(message: str) -> None:
            row = [site.now, message]
            site.db.execute("UPDATE outbox SET state = 'sent', marked_at = ? WHERE id = ?", row)

        for tick in range(1, 6):
            broker.tick = tick
            if tick < 4:
                for n in (1, 2):
                    row = [f"m{tick}{n}"]
                    site.db.execute("INSERT INTO outbox VALUES (?, 'waiting', NULL)", row)
            rows = site.rows("SELECT id FROM outbox WHERE state = 'waiting' ORDER BY id")
            if tick in self.DOWN[case]:
                site.say("broker: down for a minute")
            answer([row[0] for row in rows], broker, mark)
            broker.flush()  # the client does it by itself, a little later
            left = site.value("SELECT count(*) FROM outbox WHERE state = 'waiting'")
            site.say(f"relay: {len(rows)} rows, {len(rows) - left} sent, {left} waiting")
            site.wait(60)

    def evidence(self, site: Site) -> str:
        lost = "SELECT min(id) FROM outbox ANTI JOIN topic USING (id) WHERE state = 'sent'"
        return str(site.value(lost))

    def wrong(self, site: Site) -> int:
        lost = "SELECT count(*) FROM outbox ANTI JOIN topic USING (id)"
        late = "SELECT count(*) FROM outbox SEMI JOIN topic USING (id) WHERE state = 'waiting'"
        again = "SELECT count(*) - count(DISTINCT id) FROM topic"
        return sum(int(site.value(query)) for query in (lost, late, again))

    def act(self, site: Site, number: int) -> None:
        match number:
            case 1:
                site.say("relay: started again, 0 rows waiting")
            case 2:
                lost = "SELECT id FROM outbox ANTI JOIN topic USING (id)"
                site.db.execute(f"INSERT INTO topic {lost}")
            case 3:
                site.db.execute("INSERT INTO topic SELECT id FROM outbox")


class TheOldAddress(Scene):
    """An event fails and is set aside; it is retried when the next of its stream is done."""

    name = "the-old-address"
    tables = """
    CREATE TABLE addresses (customer VARCHAR PRIMARY KEY, address VARCHAR);
    CREATE TABLE letters (position BIGINT, customer VARCHAR);
    """
    counts = ("address is not the latest", "addresses are not the latest")
    # (customer, address), and the positions at which the handler fails at first.
    COURSES = (
        ([(1, "Oak St"), (2, "Elm St"), (1, "Bay Rd"), (1, "Hill Rd"), (2, "Fen Ln")], (3,)),
        ([(1, "Oak St"), (1, "Bay Rd"), (2, "Elm St"), (1, "Hill Rd"), (2, "Fen Ln")], (2, 5)),
        ([(1, "Oak St"), (2, "Elm St")], ()),
    )

    def happen(self, site: Site, answer: Any, case: int) -> None:
        moves, failing = self.COURSES[case]
        for customer, address in moves:
            site.append(f"customer-{customer}", "CustomerMoved", {"address": address})
        broken = set(failing)
        letters: list[RecordedEvent] = []

        def apply(event: RecordedEvent) -> None:
            if event.position in broken:
                raise TimeoutError("the address service does not answer")
            row = [event.stream_id, event.data["address"]]
            site.db.execute("INSERT OR REPLACE INTO addresses VALUES (?, ?)", row)

        for event in site.read():
            try:
                answer(event, apply, letters)
            except TimeoutError as error:
                site.say(f"projector: stopped at position {event.position}: {error}")
                break
            word = "set aside" if event in letters else "handled"
            site.say(f"projector: position {event.position}, {event.stream_id}: {word}")
            site.wait(60)
        broken.clear()
        site.wait(1800)
        site.say(f"operator: retries {len(letters)} dead letters, in their order")
        for event in letters:
            apply(event)
            row = [event.position, event.stream_id]
            site.db.execute("INSERT INTO letters VALUES (?, ?)", row)
            site.say(f"projector: position {event.position}, {event.stream_id}: handled")

    def evidence(self, site: Site) -> str:
        return str(site.value("SELECT customer FROM letters ORDER BY position LIMIT 1"))

    def wrong(self, site: Site) -> int:
        query = """
        SELECT count(*) FROM
            (SELECT stream_id AS customer, max_by(data.address::VARCHAR, version) AS latest
             FROM events GROUP BY ALL)
            LEFT JOIN addresses USING (customer)
        WHERE address IS DISTINCT FROM latest
        """
        return int(site.value(query))

    def amiss(self, site: Site, case: int) -> str:
        moves, failing = self.COURSES[case]
        failed = [f"customer-{moves[position - 1][0]}" for position in failing]
        kept = site.rows("SELECT customer FROM letters ORDER BY position")
        others = [customer for (customer,) in kept if customer not in failed]
        said = super().amiss(site, case)
        if not said and others:
            said = f"{others[0]} had to wait, and none of its events had failed."
        return said

    def act(self, site: Site, number: int) -> None:
        match number:
            case 1:
                letter = site.read()[2]
                row = [letter.stream_id, letter.data["address"]]
                site.db.execute("INSERT OR REPLACE INTO addresses VALUES (?, ?)", row)
            case 2:
                customer = self.evidence(site)
                for event in site.read():
                    if event.stream_id == customer:
                        row = [event.stream_id, event.data["address"]]
                        site.db.execute("INSERT OR REPLACE INTO addresses VALUES (?, ?)", row)
            case 3:
                site.db.execute("DELETE FROM letters")


SCENES = (SentSaysTheOutbox, TheOldAddress)

"""What is done twice, or not at all: crashes, brokers that send again, two who do the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from ..scene import Scene, copies
from ..site import Site
from .catching_up import deposit


class Killed(BaseException):
    """The process is gone: nothing that it would have done happens."""


class Session:
    """A connection of a process that is killed before a certain call of it; 0 for never."""

    def __init__(self, site: Site, killed_before: int) -> None:
        self._site = site
        self._calls, self._killed_before = 0, killed_before

    def execute(self, query: str, parameters: Any = None) -> Any:
        """Run one statement."""
        self._calls += 1
        if self._calls == self._killed_before:
            raise Killed
        return self._site.db.execute(query, parameters)

    def begin(self) -> None:
        """Begin a transaction."""
        self.execute("BEGIN")

    def commit(self) -> None:
        """Commit it."""
        self.execute("COMMIT")


def in_a_process(site: Site, killed_before: int, work: Any) -> bool:
    """Whether `work(session)` came to its end; what was not committed is rolled back."""
    try:
        work(Session(site, killed_before))
        done = True
    except Killed:
        done = False
    try:
        site.db.execute("ROLLBACK")
    except Exception:  # there is no transaction, as it should be
        return done
    return done


def _call(handle: Any, event: Any, session: Session) -> Any:
    return handle(session, event)


class CountedTwice(Scene):
    """The read model is stored, then the position, and a process can die in between."""

    name = "counted-twice"
    tables = """
    CREATE TABLE balances (account VARCHAR PRIMARY KEY, amount BIGINT NOT NULL);
    CREATE TABLE checkpoint (position BIGINT NOT NULL);
    INSERT INTO balances VALUES ('account-1', 0), ('account-2', 0), ('account-3', 0);
    INSERT INTO checkpoint VALUES (0);
    """
    counts = ("balance differs from the events", "balances differ from the events")
    cases = 4
    OFF = """
    SELECT count(*) FROM balances LEFT JOIN (
        SELECT stream_id AS account, sum(data.amount::BIGINT) AS sum FROM events GROUP BY ALL
    ) USING (account) WHERE amount <> coalesce(sum, 0)
    """

    def happen(self, site: Site, answer: Any, case: int) -> None:
        # Case 0 is killed before the second call of each of two events; the others, further on.
        kills = {3: case + 2, 5: case + 2} if case < 3 else {}
        start = copies(answer)
        handle = start()
        for n in range(1, 7):
            deposit(site, n % 3 + 1, 100 * n)
        site.say("projector: started")
        for _ in range(20):
            after = site.value("SELECT position FROM checkpoint")
            waiting = site.read(after=after, limit=1)
            if not waiting:
                break
            event = waiting[0]
            kill = kills.pop(event.position, 0)
            if not in_a_process(site, kill, partial(_call, handle, event)):
                handle = start()
                site.say("kernel: out of memory: killed the projector")
                site.say("projector: started")
            site.wait(1)

    def evidence(self, site: Site) -> str:
        balance = "SELECT amount FROM balances WHERE account = 'account-3'"
        paid_in = "SELECT sum(data.amount::BIGINT) FROM events WHERE stream_id = 'account-3'"
        return str(int(site.value(balance)) - int(site.value(paid_in)))

    def wrong(self, site: Site) -> int:
        return int(site.value(self.OFF))

    def act(self, site: Site, number: int) -> None:
        match number:
            case 1:
                site.say("projector: started with more memory")
            case 2:
                site.db.execute("UPDATE balances SET amount = 0")
                for event in site.read():
                    site.db.execute(
                        "UPDATE balances SET amount = amount + ? WHERE account = ?",
                        [event.data["amount"], event.stream_id],
                    )
            case 3:
                site.db.execute("UPDATE checkpoint SET position = position - 1")
                last = site.read()[-1]
                site.db.execute(
                    "UPDATE balances SET amount = amount + ? WHERE account = ?",
                    [last.data["amount"], last.stream_id],
                )


@dataclass(frozen=True)
class Message:
    """A message of a topic: `offset` is its place there, `event_id` that of its event."""

    offset: int
    event_id: str
    account: str
    amount: int


class TheWeekendAgain(Scene):
    """A group's offsets are forgotten while it rests, and it reads from the beginning."""

    name = "the-weekend-again"
    tables = """
    CREATE TABLE topic (msg_offset BIGINT, event_id VARCHAR, account VARCHAR, amount BIGINT);
    CREATE TABLE payments (event_id VARCHAR, msg_offset BIGINT, account VARCHAR, amount BIGINT);
    CREATE TABLE commits (noted_at TIMESTAMPTZ, msg_offset BIGINT);
    """
    counts = ("payment too many or too few", "payments too many or too few")

    def happen(self, site: Site, answer: Any, case: int) -> None:
        site.wait(-56 * 3600)  # it is Friday
        start = copies(answer)
        # Two of them are alike but for their ids: somebody is paid the same sum twice, rightly.
        sums = [("account-1", 500), ("account-2", 900), ("account-2", 900), ("account-3", 250)]
        messages = [Message(n, f"e{n + 1}", *each) for n, each in enumerate(sums)]
        self._put(site, messages)
        site.say("payout: group has no offset, reads from earliest")
        self._pay(site, start(), messages)
        if case < 2:
            site.wait(56 * 3600)
            site.say("broker: offsets of group payout expired, the group had no member for 24 h")
        fresh = [Message(n, f"e{n + 1}", "account-4", 100 * n) for n in (4, 5)]
        if case == 1:  # the topic was made anew from the store: other offsets, the same events
            messages = [Message(m.offset + 7, m.event_id, m.account, m.amount) for m in messages]
            fresh = [Message(m.offset + 7, m.event_id, m.account, m.amount) for m in fresh]
            site.say("broker: topic payouts was made anew")
        self._put(site, [*messages, *fresh] if case == 1 else fresh)
        site.say(f"payout: {'group has no offset, reads from earliest' if case < 2 else 'goes on'}")
        self._pay(site, start(), [*messages, *fresh] if case < 2 else fresh)

    def _put(self, site: Site, messages: list[Message]) -> None:
        rows = [[m.offset, m.event_id, m.account, m.amount] for m in messages]
        site.db.executemany("INSERT INTO topic VALUES (?, ?, ?, ?)", rows)

    def _pay(self, site: Site, answer: Any, messages: list[Message]) -> None:
        for message in messages:
            answer(site.db, message)
        site.db.execute("INSERT INTO commits VALUES (?, ?)", [site.now, messages[-1].offset])
        site.say(f"payout: {len(messages)} messages done, offset {messages[-1].offset} committed")

    def evidence(self, site: Site) -> str:
        twice = (
            "SELECT count(*) FROM (SELECT 1 FROM payments GROUP BY event_id HAVING count(*) > 1)"
        )
        return str(site.value(twice))

    def wrong(self, site: Site) -> int:
        many = "SELECT count(*) - count(DISTINCT event_id) FROM payments"
        few = "SELECT count(DISTINCT event_id) FROM topic ANTI JOIN payments USING (event_id)"
        return int(site.value(many)) + int(site.value(few))

    def act(self, site: Site, number: int) -> None:
        everything = [Message(*row) for row in site.rows("SELECT DISTINCT * FROM topic ORDER BY 1")]

        def pay_all(db: Any, m: Message) -> None:
            row = [m.event_id, m.offset, m.account, m.amount]
            db.execute("INSERT INTO payments VALUES (?, ?, ?, ?)", row)

        match number:
            case 1:
                self._pay(site, pay_all, everything)
            case 2:
                double = "SELECT max(rowid) FROM payments GROUP BY event_id HAVING count(*) > 1"
                site.db.execute(f"DELETE FROM payments WHERE rowid IN ({double})")  # noqa: S608
            case 3:
                site.say("payout: auto.offset.reset = latest")


@dataclass
class Consumer:
    """A simulation of two replicas that pull from one consumer. Times are in seconds."""

    ack_wait: float
    batch: int
    work: float
    messages: int
    crash_at: float | None = None

    def run(self, site: Site) -> None:
        """Let both work until all is acknowledged, and note every mail."""
        ready = dict.fromkeys(
            range(1, self.messages + 1), 0.0
        )  # when each may be delivered (again)
        acked_at: dict[int, float] = {}
        free = {"a": 0.0, "b": 0.1}
        buffers: dict[str, list[tuple[int, float]]] = {"a": [], "b": []}
        for _ in range(120):
            if not ready or not free:
                return
            who = min(free, key=lambda one: (free[one], one))
            now = free[who]
            for n in [n for n, at in acked_at.items() if at <= now]:
                ready.pop(n, None)
            if not ready:
                return
            if not buffers[who]:
                due = [n for n, at in ready.items() if at <= now][: self.batch]
                for n in due:
                    ready[n] = now + self.ack_wait
                buffers[who] = [(n, now) for n in due]
                if not due:
                    free[who] = max(min(ready.values()), now + 0.1)
                    continue
            n, pulled = buffers[who].pop(0)
            if self.crash_at is not None and now >= self.crash_at and who == "a":
                del free["a"]
                self._say(site, now, f"mailer-a: lost with message {n} in its hands")
                continue
            done = now + self.work
            row = [n, f"mailer-{who}", pulled, done]
            site.db.execute("INSERT INTO mails VALUES (?, ?, ?, ?)", row)
            self._say(site, done, f"mailer-{who}: mail {n} sent, acknowledged")
            acked_at[n] = min(done, acked_at.get(n, done))
            free[who] = done

    def _say(self, site: Site, at: float, line: str) -> None:
        site.wait(at)
        site.say(line)
        site.wait(-at)


class TwoMailsEach(Scene):
    """What is waiting in a client's buffer is already counted as late."""

    name = "two-mails-each"
    tables = """
    CREATE TABLE mails (message BIGINT, replica VARCHAR, pulled_after DOUBLE, sent_after DOUBLE);
    """
    counts = ("mail too many or too late", "mails too many or too late")
    COURSES = ((8, 28.0, None), (6, 40.0, None), (6, 20.0, 15.0))  # messages, work, crash
    LATE: Final = 240.0

    def happen(self, site: Site, answer: Any, case: int) -> None:
        messages, work, crash = self.COURSES[case]
        settings = answer(work)
        try:
            ack_wait, batch = float(settings["ack_wait"]), int(settings["batch"])
        except (TypeError, KeyError) as error:
            raise ValueError("the answer has to be a dict with 'ack_wait' and 'batch'") from error
        if batch < 1 or ack_wait <= 0:
            raise ValueError("'batch' has to be 1 or more, 'ack_wait' more than 0")
        site.say(f"broker: consumer mails, ack_wait {ack_wait:g} s, batch {batch}, {messages} wait")
        Consumer(ack_wait, batch, work, messages, crash).run(site)

    def evidence(self, site: Site) -> str:
        return str(site.value("SELECT count(*) - count(DISTINCT message) FROM mails"))

    def wrong(self, site: Site) -> int:
        many = int(self.evidence(site))
        late = "SELECT count(*) FROM mails WHERE sent_after > ?"
        return many + int(site.value(late, self.LATE))

    def act(self, site: Site, number: int) -> None:
        if number == 3:
            return  # an alarm changes nothing
        site.db.execute("DELETE FROM mails")
        settings = {1: (30.0, 10), 2: (30.0, 1)}[number]
        messages, work, _ = self.COURSES[0]
        Consumer(*settings, work, messages).run(site)


class RowsDoubled(Scene):
    """Two instances of an application run the same projection."""

    name = "rows-doubled"
    tables = """
    CREATE TABLE statement (account VARCHAR, position BIGINT, amount BIGINT, written_by VARCHAR);
    CREATE TABLE checkpoint (position BIGINT NOT NULL);
    INSERT INTO checkpoint VALUES (0);
    """
    counts = ("line too many or too few", "lines too many or too few")
    TURNS = ("baaaab", "abab", "aaaa")  # who reads, then who goes on with what they read

    def happen(self, site: Site, answer: Any, case: int) -> None:
        for n in range(1, 7):
            deposit(site, n % 2 + 1, 500)
        held: dict[str, tuple[int, Any]] = {}
        start = copies(answer)
        instances = {"a": start(), "b": start()}
        site.say(f"deploy: {len(set(self.TURNS[case]))} instances of the application")
        for turn in range(40):
            who = self.TURNS[case][turn % len(self.TURNS[case])]
            if who in held:
                seen, event = held.pop(who)
                site.db.execute("BEGIN")
                done = instances[who](site.db, event, seen, f"app-{who}")
                site.db.execute("COMMIT")
                site.say(f"app-{who}: event {event.position}: {'written' if done else 'left'}")
            else:
                seen = site.value("SELECT position FROM checkpoint")
                waiting = site.read(after=seen, limit=1)
                if waiting:
                    held[who] = (seen, waiting[0])
            site.wait(1)

    def evidence(self, site: Site) -> str:
        twice = "SELECT count(*) - count(DISTINCT position) FROM statement"
        return str(site.value(twice))

    def wrong(self, site: Site) -> int:
        few = "SELECT count(*) FROM events ANTI JOIN statement USING (position)"
        return int(self.evidence(site)) + int(site.value(few))

    def act(self, site: Site, number: int) -> None:
        match number:
            case 1:
                same = (
                    "SELECT max(rowid) FROM statement GROUP BY account, amount HAVING count(*) > 1"
                )
                site.db.execute(f"DELETE FROM statement WHERE rowid NOT IN ({same})")  # noqa: S608
            case 2:
                site.db.execute("DELETE FROM statement")
                for event in site.read():
                    row = [event.stream_id, event.position, event.data["amount"], "app-a"]
                    site.db.execute("INSERT INTO statement VALUES (?, ?, ?, ?)", row)
            case 3:
                site.say("app-b: started again")


class TriedFiveTimes(Scene):
    """A broker drops what comes twice within its window, and a retry comes twice."""

    name = "tried-five-times"
    tables = """
    CREATE TABLE outbox (row_id VARCHAR, tries BIGINT, state VARCHAR);
    CREATE TABLE stream (noted_at TIMESTAMPTZ, msg_id VARCHAR, order_id VARCHAR);
    CREATE TABLE effects (noted_at TIMESTAMPTZ, order_id VARCHAR);
    """
    counts = ("order without its effect, or with two", "orders without their effect, or with two")
    # By case: for each order, what becomes of its deliveries: lost before, or after the effect.
    FATE = (("", "before", "", "after"), ("after", "after"), ("",) * 7)

    def happen(self, site: Site, answer: Any, case: int) -> None:
        window, inbox = set[str](), set[str]()
        for n, fate in enumerate(self.FATE[case], 1):
            row_id = f"order-{n}"
            for attempt in range(1, 6):
                sent = answer(row_id, attempt)
                msg_id, order = str(sent["msg_id"]), str(sent["order_id"])
                state = "dead"
                if msg_id in window:
                    site.say(f"broker: {msg_id} is a duplicate, accepted and dropped")
                else:
                    window.add(msg_id)
                    row = [site.now, msg_id, order]
                    site.db.execute("INSERT INTO stream VALUES (?, ?, ?)", row)
                    if not (fate == "before" and attempt == 1) and order not in inbox:
                        inbox.add(order)
                        site.db.execute("INSERT INTO effects VALUES (?, ?)", [site.now, row_id])
                    if not (fate and attempt == 1):
                        state = "done"
                        break
                    site.say(f"receiver: the connection broke {fate} the effect of {msg_id}")
                site.wait(13)
            site.say(
                f"outbox: {row_id} is {state} after {attempt} {'try' if attempt == 1 else 'tries'}"
            )
            row = [row_id, attempt, state]
            site.db.execute("INSERT INTO outbox VALUES (?, ?, ?)", row)

    def evidence(self, site: Site) -> str:
        return str(site.value("SELECT count(*) FROM stream WHERE order_id = 'order-2'"))

    def wrong(self, site: Site) -> int:
        query = """
        SELECT count(*) FROM outbox WHERE state = 'dead' OR
            (SELECT count(*) FROM effects WHERE order_id = row_id) <> 1
        """
        return int(site.value(query))

    def act(self, site: Site, number: int) -> None:
        match number:
            case 1:
                site.say("outbox: at most ten tries")
            case (
                2
            ):  # once the window is over the id is new to the broker; the receiver has an inbox
                done = "SELECT 1 FROM effects WHERE order_id = row_id"
                missing = f"SELECT row_id FROM outbox WHERE NOT EXISTS ({done})"  # noqa: S608
                for (row_id,) in site.rows(missing):
                    site.db.execute("INSERT INTO effects VALUES (?, ?)", [site.now, row_id])
                site.db.execute("UPDATE outbox SET state = 'done'")
            case 3:
                site.db.execute("UPDATE outbox SET state = 'done'")


class ShippedBeforePaid(Scene):
    """A topic gets more partitions, and a key moves to another one than its earlier messages."""

    name = "shipped-before-paid"
    tables = """
    CREATE TABLE applied (n BIGINT, stream_id VARCHAR, version BIGINT, part BIGINT, type VARCHAR);
    """
    counts = (
        "event was applied out of order, twice or never",
        "events were applied out of order, twice or never",
    )
    # By case: (order, partitions when it is published), the ticks that partition 0 is behind, and
    # whether the last message of each partition comes a second time.
    COURSES = (
        ([(2, 2), (4, 2), (3, 2), (2, 4), (4, 4), (3, 4), (2, 4), (4, 4)], 5, False),
        ([(2, 2), (2, 2), (2, 4), (6, 2), (6, 4), (6, 4)], 9, True),
        ([(2, 2), (3, 2), (2, 2), (3, 2)], 3, True),
    )
    TYPES = ("OrderPlaced", "OrderPaid", "OrderShipped")

    def happen(self, site: Site, answer: Any, case: int) -> None:
        published, behind, again = self.COURSES[case]
        versions: dict[int, int] = {}
        parts = []
        for order, count in published:
            versions[order] = versions.get(order, 0) + 1
            site.append(f"order-{order}", self.TYPES[versions[order] - 1], {})
            parts.append(order % count)
        events = site.read()
        queue = [
            (n + (behind if part == 0 else 0), n, part, event)
            for n, (part, event) in enumerate(zip(parts, events, strict=True))
        ]
        if again:
            queue += [(at + 20, n + 20, part, event) for at, n, part, event in queue[-2:]]
        waiting: list[Any] = []
        counts = [count for _, count in published]
        for _, n, part, event in sorted(queue, key=lambda one: one[:2]):
            if n > 0 and n < len(counts) and counts[n] > counts[n - 1]:
                site.say(f"broker: topic orders has {counts[n]} partitions now")

            def apply(event: Any, part: int = part) -> None:
                row = [event.stream_id, event.version, part, event.type]
                count = "SELECT count(*) FROM applied"
                site.db.execute(f"INSERT INTO applied SELECT ({count}), ?, ?, ?, ?", row)

            site.say(f"consumer of partition {part}: {event.stream_id}, {event.type}")
            answer(event, lambda stream_id: self._last(site, stream_id), apply, waiting)
            site.wait(1)

    def _last(self, site: Site, stream_id: str) -> int:
        last = "SELECT version FROM applied WHERE stream_id = ? ORDER BY n DESC LIMIT 1"
        return int(site.value(last, stream_id) or 0)

    def evidence(self, site: Site) -> str:
        early = """
        SELECT a.stream_id FROM applied a JOIN applied b USING (stream_id)
        WHERE a.n < b.n AND a.version > b.version ORDER BY a.n LIMIT 1
        """
        return str(site.value(early))

    def wrong(self, site: Site) -> int:
        early = """
        SELECT count(*) FROM applied a WHERE EXISTS (
            SELECT 1 FROM applied b
            WHERE b.stream_id = a.stream_id AND b.n > a.n AND b.version < a.version
        )
        """
        never = "SELECT count(*) FROM events ANTI JOIN applied USING (stream_id, version)"
        twice = "SELECT count(*) - count(DISTINCT (stream_id, version)) FROM applied"
        return sum(int(site.value(query)) for query in (early, never, twice))

    def act(self, site: Site, number: int) -> None:
        match number:
            case 1:
                site.say("consumer of partition 0: started again, with twice the memory")
            case 2:  # what it had is applied again, behind all that came since
                again = "SELECT 100 + n, stream_id, version, part, type FROM applied WHERE part = 0"
                site.db.execute(f"INSERT INTO applied {again}")
            case 3:
                site.db.execute("DELETE FROM applied")
                for n, event in enumerate(site.read()):
                    row = [n, event.stream_id, event.version, 0, event.type]
                    site.db.execute("INSERT INTO applied VALUES (?, ?, ?, ?, ?)", row)


SCENES = (
    ShippedBeforePaid, CountedTwice, TheWeekendAgain, TwoMailsEach, RowsDoubled, TriedFiveTimes,
)  # fmt: skip

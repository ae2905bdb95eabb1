"""Readers that follow the log, and where they think they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ....event import RecordedEvent
from ..scene import Scene
from ..site import Site

BALANCES: Final = """
CREATE TABLE balances (account VARCHAR PRIMARY KEY, amount BIGINT NOT NULL);
CREATE TABLE checkpoints (noted_at TIMESTAMPTZ NOT NULL, position BIGINT NOT NULL);
"""
DIFFER: Final = ("balance differs from the events", "balances differ from the events")
ADD: Final = (
    "INSERT INTO balances VALUES (?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount"
)
OFF: Final = """
SELECT count(*) FROM
    (SELECT stream_id AS account, sum(data.amount::BIGINT) AS amount FROM events GROUP BY ALL) e
    FULL JOIN balances b USING (account)
WHERE e.amount IS DISTINCT FROM b.amount
"""


def deposit(site: Site, account: int, amount: int, **where: Any) -> int:
    """A deposit in minor units."""
    return site.append(f"account-{account}", "MoneyDeposited", {"amount": amount}, **where)


def apply(site: Site, events: Iterable[RecordedEvent]) -> None:
    """Add the deposits to the balances."""
    for event in events:
        site.db.execute(ADD, [event.stream_id, event.data["amount"]])


def checkpoint(site: Site) -> int:
    """The last one that was stored; 0 at the beginning."""
    return int(site.value("SELECT position FROM checkpoints ORDER BY rowid DESC LIMIT 1") or 0)


def store_checkpoint(site: Site, position: int) -> None:
    """Store that all up to a position is done."""
    site.db.execute("INSERT INTO checkpoints VALUES (?, ?)", [site.now, position])


def build_anew(site: Site) -> None:
    """The balances from the first event on."""
    site.db.execute("DELETE FROM balances")
    events = site.read()
    apply(site, events)
    store_checkpoint(site, events[-1].position)


class OneDepositMissing(Scene):
    """Positions come from a sequence, and a transaction that took its number early commits late."""

    name = "one-deposit-missing"
    tables = BALANCES
    counts = DIFFER
    # By case: (second in which it commits, position). Case 1 has a number that nobody uses.
    COMMITS = (
        ((1, 5), (2, 6), (3, 8), (4, 9), (6, 7), (7, 10)),
        ((1, 5), (2, 7), (3, 8), (4, 9), (20, 10)),
        ((1, 6), (2, 8), (4, 5), (5, 9), (6, 11), (8, 10)),
    )

    def happen(self, site: Site, answer: Any, case: int) -> None:
        for n in range(1, 5):
            deposit(site, n % 3 + 1, 1000 * n)
        self._poll(site, answer)
        due = list(self.COMMITS[case])
        for second in range(1, 31):
            site.wait(1)
            while due and due[0][0] == second:
                _, position = due.pop(0)
                late = position < site.value("SELECT max(position) FROM events")
                deposit(site, position % 3 + 1, 100 * position, position=position)
                took = "2.9" if late else "0.1"
                site.say(
                    f"app-{'b' if late else 'a'}: committed position {position} after {took} s"
                )
            self._poll(site, answer)

    def _poll(self, site: Site, answer: Any) -> None:
        while (visible := site.read(after=checkpoint(site))) and self._take(site, answer, visible):
            pass

    def _take(self, site: Site, answer: Any, visible: list[RecordedEvent]) -> bool:
        batch = list(answer(checkpoint(site), visible, site.now))
        if not batch:
            return False
        apply(site, batch)
        last, count = batch[-1].position, len(batch)
        store_checkpoint(site, last)
        lag = site.value("SELECT max(position) FROM events") - last
        site.say(f"reader: {count} event{'s' * (count > 1)}, checkpoint {last}, lag {lag}")
        return True

    def evidence(self, site: Site) -> str:
        return "7"

    def wrong(self, site: Site) -> int:
        return int(site.value(OFF))

    def act(self, site: Site, number: int) -> None:
        if number == 2:
            store_checkpoint(site, 6)
        if number in (1, 2):  # started again, it goes on from its checkpoint
            apply(site, site.read(after=checkpoint(site)))
        if number == 3:
            build_anew(site)


@dataclass
class Subscription:
    """What the server keeps of one subscriber. Positions count from 1."""

    mode: str = "catching up"  # or "live"
    sent: int = 0  # the last event that went to the subscriber and was acknowledged
    received: int = 0  # the newest event that was announced
    stored: list[int] = field(default_factory=list)

    def store(self, position: int) -> None:
        """Store the checkpoint."""
        self.stored.append(position)


class HistoryWithAHole(Scene):
    """The checkpoint's timer fires while a subscription is still catching up."""

    name = "history-with-a-hole"
    tables = (
        BALANCES
        + "CREATE TABLE delivered (noted_at TIMESTAMPTZ NOT NULL, position BIGINT NOT NULL);"
    )
    counts = ("event never reached the subscriber", "events never reached the subscriber")
    PAGE = 3
    TIMERS = ((4, 40), (2, 5, 50), (7, 45))  # the ticks at which the timer fires, by case

    def happen(self, site: Site, answer: Any, case: int) -> None:
        sub = Subscription()
        for n in range(1, 31):
            deposit(site, n % 4 + 1, 100 * n)
        sub.received = 30
        for tick in range(1, 60):
            site.wait(1)
            if tick % 6 == 0 and tick < 40:
                sub.received = self._announce(site, sub, deposit(site, tick % 4 + 1, tick))
            if sub.mode == "catching up":
                self._send(site, sub, site.read(after=sub.sent, limit=self.PAGE))
                if sub.sent == sub.received:
                    sub.mode = "live"
                    site.say("subscription: caught up")
            if tick in self.TIMERS[case]:
                before, stored = sub.mode, len(sub.stored)
                answer(sub)
                for position in sub.stored[stored:]:
                    store_checkpoint(site, position)
                site.say(
                    f"subscription: timer, checkpoint {checkpoint(site)}, {before} -> {sub.mode}"
                )

    def _announce(self, site: Site, sub: Subscription, position: int) -> int:
        """A new event: it goes out at once if it is the next one after what was announced."""
        if sub.mode == "live" and position == sub.received + 1:
            self._send(site, sub, site.read(after=position - 1))
        return position if position == sub.received + 1 else sub.received

    def _send(self, site: Site, sub: Subscription, events: list[RecordedEvent]) -> None:
        for event in events:
            site.db.execute("INSERT INTO delivered VALUES (?, ?)", [site.now, event.position])
            sub.sent = event.position
        if events:
            site.say(f"subscription ({sub.mode}): sent {events[0].position} to {sub.sent}")

    def evidence(self, site: Site) -> str:
        return str(self.wrong(site))

    def wrong(self, site: Site) -> int:
        return int(site.value("SELECT count(*) FROM events ANTI JOIN delivered USING (position)"))

    def amiss(self, site: Site, case: int) -> str:
        said = super().amiss(site, case)
        if not said and site.value("SELECT count(*) FROM checkpoints") < len(self.TIMERS[case]):
            said = (
                "All events arrive, but a checkpoint is not stored each time that the timer fires: "
                "a restart in the middle of a replay begins at the first event again."
            )
        return said

    def act(self, site: Site, number: int) -> None:
        sub = Subscription("live", sent=checkpoint(site), received=checkpoint(site))
        match number:
            case 1:  # started again from the checkpoint that is stored
                after = site.value("SELECT max(position) FROM delivered")
                self._send(site, sub, site.read(after=after))
            case 2:
                hole = "SELECT min(position) - 1 FROM events ANTI JOIN delivered USING (position)"
                self._send(site, sub, site.read(after=site.value(hole)))
            case 3:
                pass  # a longer interval of the timer sends nothing


class LostAfterFailover(Scene):
    """The broker stores a checkpoint that is ahead of what waits to be sent again."""

    name = "lost-after-failover"
    tables = (
        "CREATE TABLE handled (noted_at TIMESTAMPTZ NOT NULL, position BIGINT PRIMARY KEY);"
        "CREATE TABLE checkpoints (noted_at TIMESTAMPTZ NOT NULL, position BIGINT NOT NULL);"
    )
    counts = ("event was handled by nobody", "events were handled by nobody")
    # By case: what each client was sent and did not acknowledge before it was cut off, and what
    # is under way with the other client when the checkpoint is stored.
    CUT = (((7, 8, 9), ()), ((4, 6), (8, 10)), ((), (10, 11)), ((6, 8), (4, 10)))
    cases = 4

    def happen(self, site: Site, answer: Any, case: int) -> None:
        cut, under_way = self.CUT[case]
        for n in range(1, 13):
            deposit(site, n % 3 + 1, 100 * n)
        last = max((*cut, *under_way, 11))
        retry = list(cut)
        for position in range(1, last + 1):
            if position not in cut and position not in under_way:
                self._handle(site, position)
        site.say(f"broker node-1: client-a is gone, {len(cut)} events wait to be sent again")
        site.wait(2)
        done = int(answer(last, list(under_way), retry))
        store_checkpoint(site, done)
        site.say(f"broker node-1: checkpoint {done}, {len(under_way)} events under way")
        site.wait(1)
        site.say("broker node-1: power lost; node-2 is the leader")
        site.wait(5)
        site.say(f"broker node-2: subscription starts after checkpoint {done}")
        for event in site.read(after=done):
            self._handle(site, event.position)
        site.say("broker node-2: subscription is live, nothing waits")

    def _handle(self, site: Site, position: int) -> None:
        site.db.execute("INSERT OR IGNORE INTO handled VALUES (?, ?)", [site.now, position])

    def evidence(self, site: Site) -> str:
        return str(
            site.value("SELECT min(position) FROM events ANTI JOIN handled USING (position)")
        )

    def wrong(self, site: Site) -> int:
        return int(site.value("SELECT count(*) FROM events ANTI JOIN handled USING (position)"))

    def amiss(self, site: Site, case: int) -> str:
        said = super().amiss(site, case)
        if not said and case == 2 and checkpoint(site) < 9:
            said = "Nothing is lost, but the checkpoint stays behind although all up to 9 is done."
        return said

    def act(self, site: Site, number: int) -> None:
        after = checkpoint(site)
        if number == 2:
            after = int(self.evidence(site)) - 1
        if number == 3:
            for event in site.read()[6:9]:
                self._handle(site, deposit(site, int(event.stream_id[-1]), event.data["amount"]))
            return
        for event in site.read(after=after):
            self._handle(site, event.position)


@dataclass(frozen=True)
class Bookmark:
    """A checkpoint that knows which event it stands for."""

    position: int
    event_id: Any


class HealthyAndSilent(Scene):
    """The store comes back from a backup, and the readers are ahead of it."""

    name = "healthy-and-silent"
    tables = BALANCES
    counts = DIFFER
    GROWS = (2, 14, 0)  # events after the restore, before the reader is started, by case

    def happen(self, site: Site, answer: Any, case: int) -> None:
        restored = case != 2
        for n in range(1, 17):
            deposit(site, n % 3 + 1, 100 * n)
        apply(site, site.read())
        last = site.read()[-1]
        book = Bookmark(last.position, last.event_id)
        store_checkpoint(site, book.position)
        site.say("reader: checkpoint 16, lag 0")
        if restored:
            site.wait(3600)
            self._restore(site, upto=10)
            site.say("store: restored from the backup of 01:30, the last position is 10")
        for n in range(self.GROWS[case]):
            site.wait(60)
            deposit(site, n % 3 + 1, 7 + n, event_id=1000 + n)
        self._start(site, answer, book)
        for n in range(3):
            site.wait(60)
            deposit(site, n % 3 + 1, 90 + n, event_id=2000 + n)
            self._read(site)

    def _restore(self, site: Site, upto: int) -> None:
        """A store that ends at a position: a copy, since events cannot be deleted."""
        kept = site.read()[:upto]
        site.forget()
        for event in kept:
            site.append(event.stream_id, event.type, event.data, recorded_at=event.recorded_at)

    def _start(self, site: Site, answer: Any, book: Bookmark) -> None:
        by_position = {event.position: event for event in site.read()}
        plan = answer(book, by_position.get)
        if plan not in ("continue", "rebuild"):
            raise ValueError(f"the answer has to be 'continue' or 'rebuild', and is {plan!r}")
        site.say(f"reader: started, {plan}")
        if plan == "rebuild":
            build_anew(site)
        self._read(site)

    def _read(self, site: Site) -> None:
        done = checkpoint(site)
        new = site.read(after=done)
        head = site.value("SELECT max(position) FROM events")
        if new:
            apply(site, new)
            store_checkpoint(site, new[-1].position)
        site.say(
            f"reader: {len(new)} events, checkpoint {checkpoint(site)}, lag {max(0, head - done)}"
        )

    def evidence(self, site: Site) -> str:
        return str(site.value("SELECT count(*) FROM events WHERE position > 10"))

    def wrong(self, site: Site) -> int:
        return int(site.value(OFF))

    def amiss(self, site: Site, case: int) -> str:
        said = super().amiss(site, case)
        rebuilt = "SELECT count(*) FROM log WHERE line = 'reader: started, rebuild'"
        if not said and case == 2 and site.value(rebuilt):
            said = "The balances are right, but an ordinary restart builds them anew for nothing."
        return said

    def act(self, site: Site, number: int) -> None:
        head = int(site.value("SELECT max(position) FROM events"))
        match number:
            case 1:
                self._read(site)
            case 2:
                store_checkpoint(site, head)
            case 3:
                store_checkpoint(site, 10)
                self._read(site)
            case 4:
                build_anew(site)


class StartsOverEachTime(Scene):
    """A checkpoint that goes on only to the very next number stays at the first hole."""

    name = "starts-over-each-time"
    tables = (
        "CREATE TABLE mails (noted_at TIMESTAMPTZ NOT NULL, position BIGINT NOT NULL);"
        "CREATE TABLE checkpoints (noted_at TIMESTAMPTZ NOT NULL, position BIGINT NOT NULL);"
    )
    counts = ("mail too many or too few", "mails too many or too few")
    # By case: the positions that exist, and which acknowledgements are still missing at the first
    # restart (their mails have not gone out).
    THERE = ((1, 2, 3, 4, 5, 9, 10, 11, 12), (1, 2, 3, 4, 5, 6), (1, 2, 6, 7, 8, 9))
    MISSING: tuple[tuple[int, ...], ...] = ((), (4,), (7,))

    def happen(self, site: Site, answer: Any, case: int) -> None:
        for position in self.THERE[case]:
            deposit(site, position % 3 + 1, 100, position=position)
        site.say("admin: stream account-9 was hard-deleted on Friday")
        done, missing = 0, self.MISSING[case]
        for start in range(1, 4):
            sent = [event.position for event in site.read(after=done)]
            site.say(f"mailer: start {start}, after checkpoint {done}, {len(sent)} events")
            acked = {position for position in sent if position not in missing}
            for position in acked:
                site.db.execute("INSERT INTO mails VALUES (?, ?)", [site.now, position])
            missing = ()
            done = int(answer(done, sent, acked))
            store_checkpoint(site, done)
            site.wait(600)

    def evidence(self, site: Site) -> str:
        return str(checkpoint(site))

    def wrong(self, site: Site) -> int:
        twice = "SELECT count(*) - count(DISTINCT position) FROM mails"
        none = "SELECT count(*) FROM events ANTI JOIN mails USING (position)"
        return int(site.value(twice)) + int(site.value(none))

    def amiss(self, site: Site, case: int) -> str:
        none = int(site.value("SELECT count(*) FROM events ANTI JOIN mails USING (position)"))
        twice = "SELECT count(*) FROM (SELECT 1 FROM mails GROUP BY position HAVING count(*) > 1)"
        again, later = int(site.value(twice)), (0, 2, 2)[case]
        if none:
            return (
                f"{none} mail was never sent: its event was passed over before it was acknowledged."
            )
        if again > later:
            return f"{again} mails were sent again although they were acknowledged."
        return ""

    def act(self, site: Site, number: int) -> None:
        done = checkpoint(site)
        match number:
            case 2:
                done = int(site.value("SELECT max(position) FROM mails"))
            case 3:
                for position in (6, 7, 8):
                    deposit(site, 9, 1, position=position)
        for event in site.read(after=done):  # what the next start sends
            site.db.execute("INSERT INTO mails VALUES (?, ?)", [site.now, event.position])


SCENES = (
    OneDepositMissing, HistoryWithAHole, LostAfterFailover, HealthyAndSilent, StartsOverEachTime,
)  # fmt: skip

"""Readers of old events: digits, snapshots, and shapes that have changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ....event import RecordedEvent
from ..scene import Scene
from ..site import Site


def through_doubles(text: str) -> str:
    """A body as a store writes it anew that takes every number for a double."""
    return json.dumps(json.loads(text, parse_int=float, parse_float=float))


class RefundRefused(Scene):
    """References of payments are numbers of nineteen digits, and a double has room for sixteen."""

    name = "refund-refused"
    tables = "CREATE TABLE provider (reference VARCHAR, amount BIGINT, refunded BOOLEAN);"
    counts = ("refund is refused", "refunds are refused")
    # References by case. The old events of case 1 were written by production's code.
    REFERENCES = (
        (1234, 9007199254740991, 1524831183200260097, 9223372036854775807),
        (77, 42),
        (9007199254740993, 1000000000000000001, 5),
    )

    def happen(self, site: Site, answer: Any, case: int) -> None:
        codec = answer()
        for n, reference in enumerate(self.REFERENCES[case]):
            row = [str(reference), 100 * (n + 1), False]
            site.db.execute("INSERT INTO provider VALUES (?, ?, ?)", row)
            body = {"reference": reference} if case == 1 else codec.encode(reference)
            stored = json.loads(through_doubles(json.dumps(body)))
            site.append(f"payment-{n + 1}", "PaymentTaken", stored)
            site.say(f"payments: payment {n + 1} taken, reference {reference}")
        site.wait(86_400)
        for event in site.read():
            reference = codec.decode(event.data)
            text = f"{reference}" if type(reference) is int else f"{reference!r}"
            done = site.rows(
                "UPDATE provider SET refunded = true WHERE reference = ? RETURNING 1", text
            )
            word = "refunded" if done else "no such payment"
            site.say(f"provider: refund of {event.stream_id}, reference {text}: {word}")

    def evidence(self, site: Site) -> str:
        return str(site.value("SELECT min(reference) FROM provider WHERE NOT refunded"))

    def wrong(self, site: Site) -> int:
        return int(site.value("SELECT count(*) FROM provider WHERE NOT refunded"))

    def act(self, site: Site, number: int) -> None:
        match number:
            case 1:
                site.say("provider: asked again, no such payment")
            case 2:  # the provider lists its payments with their amounts
                site.db.execute("UPDATE provider SET refunded = true")
            case 3:
                near = "UPDATE provider SET refunded = true WHERE reference LIKE '9007%'"
                site.db.execute(near)


@dataclass(frozen=True)
class Snapshot:
    """A state that was folded up to a version, by code of that number."""

    version: int
    code: int
    balance: int


class TwoAnswers(Scene):
    """The fold has changed, and the snapshots are those of the old one."""

    name = "two-answers"
    tables = """
    CREATE TABLE snapshots (account VARCHAR, version BIGINT, code BIGINT, balance BIGINT);
    CREATE TABLE served (account VARCHAR, balance BIGINT, events_read BIGINT);
    """
    counts = (
        "balance is wrong, or is folded from too many events",
        "balances are wrong, or are folded from too many events",
    )
    CODE = 2  # of the fold that runs: 1 left out fees
    CODES = ((1, 2, 1), (3, 2, 2), (2, 2, 2))  # of the three accounts' snapshots, by case

    def happen(self, site: Site, answer: Any, case: int) -> None:
        for n, code in enumerate(self.CODES[case], 1):
            account = f"account-{n}"
            for version in range(1, 7):
                kind = "FeeCharged" if version % 3 == 0 else "MoneyDeposited"
                amount = 5 if kind == "FeeCharged" else 100
                site.append(account, kind, {"amount": amount})
            events = [event for event in site.read() if event.stream_id == account]
            kept = self._fold(0, events[:4], code)
            site.db.execute("INSERT INTO snapshots VALUES (?, 4, ?, ?)", [account, code, kept])
        site.say(f"bank: release with fold {self.CODE} is running")
        for account, code, kept in site.rows("SELECT account, code, balance FROM snapshots"):
            events = [event for event in site.read() if event.stream_id == account]
            read: list[int] = []

            def since(
                version: int, events: list[RecordedEvent] = events, read: list[int] = read
            ) -> Any:
                found = [event for event in events if event.version > version]
                read.append(len(found))
                return found

            balance = answer(Snapshot(4, code, kept), since, self._evolve, self.CODE)
            row = [account, balance, sum(read)]
            site.db.execute("INSERT INTO served VALUES (?, ?, ?)", row)
            site.say(f"bank: {account} has {balance}, {sum(read)} events read")

    @staticmethod
    def _evolve(balance: int, event: RecordedEvent) -> int:
        sign = -1 if event.type == "FeeCharged" else 1
        return balance + sign * int(event.data["amount"])

    def _fold(self, balance: int, events: list[RecordedEvent], code: int) -> int:
        for event in events:
            if code == 1 and event.type == "FeeCharged":
                continue
            balance = self._evolve(balance, event) - (1 if code == 3 else 0)
        return balance

    def evidence(self, site: Site) -> str:
        return str(site.value("SELECT count(*) FROM snapshots WHERE code <> 2"))

    def wrong(self, site: Site) -> int:
        query = """
        SELECT count(*) FROM served JOIN snapshots USING (account)
        WHERE served.balance <> 390 OR events_read > CASE WHEN code = 2 THEN 2 ELSE 6 END
        """
        return int(site.value(query))

    def act(self, site: Site, number: int) -> None:
        match number:
            case 1:
                site.say("bank: started again")
            case 2:  # without a snapshot an account is folded from its first event
                site.db.execute("DELETE FROM snapshots WHERE code <> 2")
                site.db.execute(
                    "UPDATE served SET balance = 390, events_read = 6 WHERE balance <> 390"
                )
            case 3:
                site.db.execute("UPDATE snapshots SET code = 2")


class HundredTimesTooLittle(Scene):
    """Commands read through the upcaster, and the rebuild reads what is stored."""

    name = "hundred-times-too-little"
    tables = "CREATE TABLE balances (account VARCHAR PRIMARY KEY, amount BIGINT NOT NULL);"
    counts = ("balance differs from what commands see", "balances differ from what commands see")
    VERSIONS = ((1, 1, 2, 2, 2), (2, 2, 2, 1), (2, 2))  # schema versions in the order of time

    def happen(self, site: Site, answer: Any, case: int) -> None:
        for n, version in enumerate(self.VERSIONS[case]):
            data = {"amount": 12} if version == 1 else {"amount": 1200, "unit": "cent"}
            site.append(f"account-{n % 3 + 1}", "MoneyDeposited", data, schema_version=version)
        site.say("rebuild: began, reads the events table")
        for event in answer(site.read(), self._to_v2):
            site.db.execute(
                "INSERT INTO balances VALUES (?, ?) ON CONFLICT DO UPDATE SET "
                "amount = amount + excluded.amount",
                [event.stream_id, event.data["amount"]],
            )
        site.say("rebuild: done, swapped")

    @staticmethod
    def _to_v2(event: RecordedEvent) -> RecordedEvent:
        """What version 1 had in whole units, version 2 has in cents."""
        from dataclasses import replace

        data = {"amount": event.data["amount"] * 100, "unit": "cent"}
        return replace(event, data=data, schema_version=2)

    def evidence(self, site: Site) -> str:
        return str(site.value("SELECT count(*) FROM events WHERE schema_version = 1"))

    def wrong(self, site: Site) -> int:
        query = """
        SELECT count(*) FROM balances FULL JOIN
            (SELECT stream_id AS account, 1200 * count(*) AS sum FROM events GROUP BY ALL)
            USING (account)
        WHERE amount IS DISTINCT FROM sum
        """
        return int(site.value(query))

    def act(self, site: Site, number: int) -> None:
        match number:
            case 1:
                site.say("rebuild: began and done again")
            case 2:  # the table from before the swap is still there
                site.db.execute(
                    "INSERT OR REPLACE INTO balances "
                    "SELECT stream_id, 1200 * count(*) FROM events GROUP BY ALL"
                )
            case 3:
                site.db.execute("UPDATE balances SET amount = amount * 100")


class FirstOfEachPage(Scene):
    """An upcaster that remembers is made anew for each page, and forgets."""

    name = "first-of-each-page"
    tables = "CREATE TABLE entries (position BIGINT, account VARCHAR, currency VARCHAR);"
    counts = ("entry has a wrong currency", "entries have a wrong currency")
    # (account, currency if the event says it), page size. An event without one has its stream's.
    COURSES = (
        ([(1, "EUR"), (1, None), (2, "USD"), (1, None), (2, None), (2, None), (1, None)], 3),
        ([(1, "EUR"), (2, "USD"), (1, None), (2, None), (1, None)], 2),
        ([(1, "JPY"), (1, None), (1, None)], 1),
    )

    def happen(self, site: Site, answer: Any, case: int) -> None:
        events, size = self.COURSES[case]
        for account, currency in events:
            data = {"amount": 100} | ({"currency": currency} if currency else {})
            site.append(f"account-{account}", "MoneyDeposited", data)
        pages = [site.read(after=n, limit=size) for n in range(0, len(events), size)]
        site.say(f"rebuild: {len(events)} events in pages of {size}")
        for event in answer(pages, _make_upcaster):
            row = [event.position, event.stream_id, event.data["currency"]]
            site.db.execute("INSERT INTO entries VALUES (?, ?, ?)", row)
        unknown = site.value("SELECT count(*) FROM entries WHERE currency = 'unknown'")
        site.say(f"rebuild: done, {unknown} entries without a currency")

    def evidence(self, site: Site) -> str:
        return str(site.value("SELECT min(position) FROM entries WHERE currency = 'unknown'"))

    def wrong(self, site: Site) -> int:
        query = """
        SELECT count(*) FROM events LEFT JOIN entries USING (position)
        WHERE currency IS DISTINCT FROM (
            SELECT e.data.currency::VARCHAR FROM events e
            WHERE e.stream_id = events.stream_id AND e.version = 1
        )
        """
        return int(site.value(query))

    def amiss(self, site: Site, case: int) -> str:
        said = super().amiss(site, case)
        came = [
            position for (position,) in site.rows("SELECT position FROM entries ORDER BY rowid")
        ]
        if not said and came != sorted(came):
            said = "The currencies are right, but the events came in an order of their own."
        return said

    def act(self, site: Site, number: int) -> None:
        match number:
            case 1:
                site.say("rebuild: again, in pages of 3")
            case 2:
                first = "SELECT stream_id, data.currency::VARCHAR FROM events WHERE version = 1"
                for stream_id, currency in site.rows(first):
                    site.db.execute(
                        "UPDATE entries SET currency = ? WHERE account = ?", [currency, stream_id]
                    )
            case 3:
                site.db.execute("UPDATE entries SET currency = 'EUR' WHERE currency = 'unknown'")


def _make_upcaster() -> Callable[[RecordedEvent], RecordedEvent]:
    """An upcaster that gives an event the currency that it has seen last."""
    from dataclasses import replace

    last = ["unknown"]

    def upcast(event: RecordedEvent) -> RecordedEvent:
        last[0] = event.data.get("currency", last[0])
        return replace(event, data=event.data | {"currency": last[0]})

    return upcast


SCENES = (RefundRefused, TwoAnswers, HundredTimesTooLittle, FirstOfEachPage)

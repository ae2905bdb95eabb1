"""The event store in a log that several machines keep: a stream of NATS JetStream.

The URL names servers and a bank: "nats://host:port,host:port/bank". The bank is a stream of
JetStream, of its name; each event is a message in it.

- A message's subject is `bank.<category>.<rest>`, a subject a stream, with all that a subject may
  not have written as %XX. So the server finds a stream, and a category, by the subject.
- The position of an event is the sequence of its message. The log counts them from 1 without a gap:
  nobody else writes there, nothing can be deleted (`deny_delete`, `deny_purge`, no age), and what
  is refused takes no number. The version in the stream is a header of ours.
- Each append says with what sequence its subject ends (`Nats-Expected-Last-Subject-Sequence`), and
  the leader refuses it where that is wrong. That, and no lock, puts the appends to one stream in an
  order, whoever makes them, wherever. Appends to different streams do not wait for each other.
- A condition is about all streams, so such an append says with what sequence the whole log ends
  (`Nats-Expected-Last-Sequence`), and is tried again if what came between does not match.
- Several events, of one stream or of many, are an atomic batch (NATS ADR-50; servers from 2.12): a
  thousand at most.
- The server knows a message that comes again for two minutes only. So nothing rests on that: what
  is appended is looked for in its stream, by its ids, and a retry is known for all time.
- `recorded_at` is this store's clock, and never before what it found when it was opened or has
  handed over since, so that "as of" is a state that was. Stores in several processes have clocks of
  their own: among these it is as exact as the clocks agree.
- A store reads what it has written. It asks the leader where to end and reads up to there, from any
  replica, and takes no answer that ends before what it has seen of the log, or of a stream that it
  appends to. A leader that has lost the others goes on answering reads for some seconds, so another
  store may be told of an older state; nothing is appended on it, for the new leader refuses that.

It has no SQL, and looks for events by type or tag by reading on from a position. Who may delete the
whole stream on the server can delete the bank.

Set `sync_interval: always` in the servers' configuration: the default acknowledges before it is on
the disk (https://jepsen.io/analyses/nats-2.12.1).
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from uuid import uuid4

from ..errors import InvalidInput, NotSupported, StoreClosed, StoreForked, StoreReadOnly
from ..event import (
    Clock,
    NewEvent,
    RecordedEvent,
    check_name,
    check_number,
    check_text,
    check_time,
    parse_json,
    utc_now,
)
from .conditions import AppendCondition, Query
from .engine import Engine
from .jetstream_log import MOST_IN_BATCH, Log, Loop, Message
from .jetstream_opening import open_log, parse_url, stream_of, subject_of, subjects_of
from .jetstream_writer import Append, Writer, check_number_of_events, recorded
from .protocol import AppendResult, ExpectedVersions, TimeAxis, Write
from .reads import ENDLESS, up_to
from .reshaping import Reshaping, read_matching
from .rules import check_axis, check_writes

if TYPE_CHECKING:
    from .columns import Incoming

T = TypeVar("T")


class JetStreamStore(Engine):
    """An EventStore in a JetStream log, for any number of threads, processes and machines.

    Where there is no such bank it is made, with `replicas` copies (1, 3 or 5); by default 3 where
    the URL names three servers, else 1. `timeout` is for how many seconds a call tries to get an
    answer before it raises StoreUnavailable or OutcomeUnknown.
    """

    system = "nats"
    most_at_once = MOST_IN_BATCH  # events in one append

    def __init__(
        self,
        url: str,
        *,
        clock: Clock = utc_now,
        read_only: bool = False,
        upcasters: Reshaping | None = None,
        replicas: int | None = None,
        timeout: float = 20.0,
    ) -> None:
        address = parse_url(url)
        if replicas not in (None, 1, 3, 5):
            raise InvalidInput("replicas", f"must be 1, 3 or 5, not {replicas!r}")
        if upcasters is not None and not hasattr(upcasters, "apply"):
            raise InvalidInput("upcasters", "must be made with Upcasters([...])")
        self.path = address.place
        self.clock = clock
        self.read_only = read_only
        self.upcasters = upcasters
        self._bank = address.bank
        self._process = os.getpid()
        self._loop = Loop(self.path)
        self._log = Log(address.servers, address.bank, self.path, timeout)
        self._writer = Writer(self._log, clock)
        # Runs once: at close(), or when the store is garbage, or at the interpreter's end.
        self._release = weakref.finalize(self, _release, self._loop, self._log, self._process)
        servers = len(address.servers)
        try:
            self._loop.run(self._log.connect())
            opening = open_log(self._log, make=not read_only, replicas=replicas, servers=servers)
            head = self._loop.run(opening)
            if head is not None:
                self._writer.learn(recorded(head, self.path).recorded_at)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"JetStreamStore({self.path!r})"

    def close(self) -> None:
        self._release()

    def check_usable(self) -> None:
        """Raise StoreClosed or StoreForked if nothing can be done with this store."""
        if os.getpid() != self._process:
            raise StoreForked(self.path, "was opened by the process that forked this one off")
        if not self._release.alive:
            raise StoreClosed(self.path, "is closed")

    def _check_writable(self) -> None:
        self.check_usable()
        if self.read_only:
            raise StoreReadOnly(self.path, "is open with read_only=True")

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            self.check_usable()
        except BaseException:
            work.close()
            raise
        return self._loop.run(work)

    # --- appending -------------------------------------------------------------------------------

    def _append(
        self, writes: Sequence[Write], condition: AppendCondition | None
    ) -> list[AppendResult]:
        rows = [(stream_id, event) for stream_id, events, _ in writes for event in events]
        append = Append(writes, rows, condition, self.upcasters)
        return self._run(self._writer.append(append))

    def _incoming(self, columns: Any, expected_version: ExpectedVersions) -> Incoming:
        """At most a thousand events. Raises NotSupported for more."""
        incoming = super()._incoming(columns, expected_version)
        check_number_of_events(self.path, len(incoming))
        return incoming

    def _append_columns(self, incoming: Incoming) -> int:
        rows = list(_events(incoming))
        of_streams: dict[str, list[NewEvent]] = {}
        for stream_id, event in rows:
            of_streams.setdefault(stream_id, []).append(event)
        writes = check_writes(
            [(one, events, incoming.expected_of(one)) for one, events in of_streams.items()]
        )

        def times(last: datetime | None) -> list[datetime]:
            found = incoming.in_order(last)["recorded_at"].to_pylist()
            return [check_time("recorded_at", time) for time in found]

        append = Append(writes, rows, None, self.upcasters, times)
        self._run(self._writer.append(append))
        return 0 if append.was_there else len(rows)

    # --- reading ---------------------------------------------------------------------------------

    def _stream(
        self,
        stream_id: str,
        *,
        from_version: int,
        to_version: int,
        to_position: int,
        as_of: datetime | None,
        by: TimeAxis,
        backwards: bool,
        limit: int,
    ) -> list[RecordedEvent]:
        in_time = _in_time(as_of, by)
        last = self._run(self._writer.last(stream_id))
        if last is None:
            return []
        stream = takewhile(
            lambda message: message.version <= to_version and message.position <= to_position,
            self._messages(subject_of(self._bank, stream_id), 0, last.position),
        )
        found = in_time(self._recorded(m) for m in stream if m.version >= from_version)
        return list(found)[::-1][:limit] if backwards else list(islice(found, limit))

    def _read(
        self, category: str, after_position: int, limit: int, as_of: datetime | None, by: TimeAxis
    ) -> list[RecordedEvent]:
        subjects = subjects_of(self._bank, category) if category else f"{self._bank}.>"
        found = _in_time(as_of, by)(self._stored(subjects, after_position, limit))
        return list(islice(found, limit))

    def read_matching(
        self, query: Query, after_position: int = 0, limit: int | None = None
    ) -> list[RecordedEvent]:
        check_number("after_position", after_position, 0)

        def read(query: Query, after: int, limit: int) -> list[RecordedEvent]:
            everything = self._stored(f"{self._bank}.>", after, ENDLESS)
            return list(islice(filter(query.matches, everything), limit))

        return read_matching(self.upcasters, query, read, after_position, up_to("limit", limit, 1))

    def version(self, stream_id: str) -> int:
        check_name("stream_id", stream_id)
        last = self._run(self._writer.last(stream_id))
        return 0 if last is None else last.version

    def position(self) -> int:
        head = self._run(self._log.head())
        return 0 if head is None else head.position

    def kept(self) -> int:
        """The bytes of the log on one of its servers."""
        return self._run(self._log.kept())

    def streams(self, prefix: str = "") -> list[str]:
        check_text("prefix", prefix)
        found = map(stream_of, self._run(self._log.subjects()))
        return sorted(stream_id for stream_id in found if stream_id.startswith(prefix))

    def sql(self, query: str, parameters: Any = None) -> NoReturn:
        """Nothing: a log has no SQL. Raises NotSupported, which says how to ask all the same."""
        raise NotSupported(
            self.path,
            "has no SQL",
            "Read the events with read_columns into a table of DuckDB and ask there; projections, "
            "the Timeline and the folds do so by themselves.",
        )

    def _stored(self, subjects: str, after: int, most: int) -> Iterator[RecordedEvent]:
        """The events of these subjects behind a position, up to the head as it is now."""
        head = self._run(self._log.head())
        if head is None or head.position <= after:
            return
        # Asked afterwards: a replica that has this one has all that stands before it.
        last = self._run(self._log.last_of_many(subjects))
        for message in self._messages(subjects, after, last, most):
            if message.position > head.position:
                return
            yield self._recorded(message)

    def _messages(
        self, subjects: str, after: int, upto: int, most: int = ENDLESS
    ) -> Iterator[Message]:
        """The messages of these subjects behind a position, up to one that is there."""
        while after < upto:
            for message in self._run(self._log.page(subjects, after, most)):
                after = message.position
                if after <= upto:
                    yield message

    def _recorded(self, message: Message) -> RecordedEvent:
        return recorded(message, self.path)


def _release(loop: Loop, log: Log, process: int) -> None:
    if os.getpid() == process:  # a child has neither the thread nor a right to the connection
        loop.end(log.close())


def _in_time(
    as_of: datetime | None, by: TimeAxis
) -> Callable[[Iterable[RecordedEvent]], Iterator[RecordedEvent]]:
    """Lets pass what was recorded or had occurred by then; what was recorded is a beginning."""
    check_axis(by)
    if as_of is None:
        return iter
    time = check_time("as_of", as_of)
    if by == "recorded_at":
        return partial(takewhile, lambda event: event.recorded_at <= time)
    return partial(filter, lambda event: event.occurred_at <= time)


def _events(incoming: Incoming) -> Iterator[tuple[str, NewEvent]]:
    """The rows of a columnar append as events; what has no id gets a new one."""
    for row in incoming.table.to_pylist():
        event = NewEvent(
            row["type"],
            parse_json(row["data"]),
            parse_json(row["metadata"], "metadata"),
            row["schema_version"],
            row["event_id"] or uuid4(),
            row["occurred_at"] if incoming.has_times else None,
        )
        yield row["stream_id"], event

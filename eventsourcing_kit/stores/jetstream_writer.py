"""How the JetStream store appends: what is expected of the log goes with what is put into it.

Nothing is locked anywhere. Each append says how the log has to end for it, and the leader of the
log, through whose hands everything goes, refuses what says it wrong. Then the writer looks at what
has come between, decides again by the same rules, and tries again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

import msgspec

from ..errors import (
    AppendFailed,
    ConditionFailed,
    NotSupported,
    OutcomeUnknown,
    StoreDamaged,
    StoreFull,
    StoreUnavailable,
)
from ..event import NewEvent, RecordedEvent, check_time, instant, microseconds
from .conditions import AppendCondition, Query
from .heads import Heads, Remembered
from .jetstream_log import (
    APPEND_VERSION,
    EXPECTED_IN_LOG,
    EXPECTED_IN_SUBJECT,
    LONGEST_PAUSE,
    MOST_IN_BATCH,
    PAUSE,
    VERSION,
    Conflict,
    Log,
    Message,
    NoAnswer,
    NotNow,
    Outgoing,
    Refused,
)
from .jetstream_opening import subject_of
from .protocol import AppendResult, Write
from .reshaping import Reshaping, read_matching
from .rules import Head, are_retries, as_expected, first_answer

FULL = {10023, 10028, 10047, 10077, 10122}  # codes of the server: no space, by whatever limit
BATCHES_AT_ONCE = 40  # of the 50 that a server holds open for a stream
AROUND = 4096  # bytes that names, times and headers take at most, beside the payloads
Times = Callable[[datetime | None], Sequence[datetime]]


class Body(msgspec.Struct):
    """An event as it lies in the log, as JSON; its version is in the headers."""

    stream_id: str
    event_id: UUID
    type: str
    schema_version: int
    data: dict[str, Any]
    metadata: dict[str, Any]
    occurred_at: int  # microseconds since 1970, UTC
    recorded_at: int


_decode = msgspec.json.Decoder(Body).decode


def recorded(message: Message, place: str) -> RecordedEvent:
    """The event in a message. Raises StoreDamaged for what no append can have written."""
    try:
        body = _decode(message.body)
        return RecordedEvent(
            message.position,
            body.stream_id,
            message.version,
            body.event_id,
            body.type,
            body.schema_version,
            body.data,
            body.metadata,
            instant(body.occurred_at),
            instant(body.recorded_at),
        )
    except (ValueError, OverflowError, KeyError) as error:  # msgspec's own are ValueErrors
        problem = f"the event at position {message.position} cannot be read: {error}"
        raise StoreDamaged(place, problem) from error


def body_of(stream_id: str, event: NewEvent, recorded_at: datetime) -> bytes:
    """The JSON of an event: keys sorted, no spaces, payloads in their canonical text."""
    at = microseconds(recorded_at)
    return msgspec.json.encode(
        {
            "stream_id": stream_id,
            "event_id": event.event_id,
            "type": event.type,
            "schema_version": event.schema_version,
            "data": msgspec.Raw(event.data_json),
            "metadata": msgspec.Raw(event.metadata_json),
            "occurred_at": at if event.occurred_at is None else microseconds(event.occurred_at),
            "recorded_at": at,
        },
        order="sorted",
    )


class Known(Remembered):
    """A stream's head as this store has seen it, and the position of its last event."""

    position = 0


@dataclass
class Append:
    """What one caller wants stored, all or nothing.

    `rows` are the events of `writes` in the order of their positions; a condition is about events
    as `reshaping` makes them. With `times`, events bring their own recorded_at: it is given the
    store's last one. `was_there` is told afterwards: whether all of it had been stored before.
    """

    writes: Sequence[Write]
    rows: Sequence[tuple[str, NewEvent]]
    condition: AppendCondition | None = None
    reshaping: Reshaping | None = None
    times: Times | None = None
    was_there: bool = False

    @property
    def is_about_the_log(self) -> bool:
        """Whether more has to hold than what each event's own subject can be asked about."""
        is_looked_at_beside = any(self.rows) and not all(events for _, events, _ in self.writes)
        return is_looked_at_beside or self.condition is not None or self.times is not None


@dataclass
class Found:
    """What is known of one stream before an append to it."""

    known: Known
    stored: dict[UUID, RecordedEvent] = field(default_factory=dict)  # of the ids to be appended

    @property
    def head(self) -> Head:
        return Head(self.known.version, {id_: e.version for id_, e in self.stored.items()})

    def read(self, _: str, first: int, last: int) -> list[RecordedEvent]:
        return [event for event in self.stored.values() if first <= event.version <= last]


class Writer:
    """Appends to one log. For coroutines of its loop."""

    def __init__(self, log: Log, clock: Callable[[], datetime]) -> None:
        self._log = log
        self._clock = clock
        self._heads = Heads()
        self._gate = Gate()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._batches = asyncio.Semaphore(BATCHES_AT_ONCE)
        self._recorded: datetime | None = None  # the last time in the log, as far as is known here
        self._under_way: dict[object, datetime] = {}  # times on their way into it

    async def append(self, append: Append) -> list[AppendResult]:
        """The answers, a write each. Raises as EventStore.append does."""
        self._check_size(append.rows)
        pause, unsure = PAUSE / 10, False
        until = asyncio.get_running_loop().time() + self._log.patience
        look = False
        async with self._turn(append):
            while True:
                try:
                    return await self._attempt(append, look=look)
                except Conflict:
                    problem = "others were faster all the time"
                except NotNow as error:
                    problem = f"was not taken: {error}"
                except NoAnswer as error:
                    unsure, problem = True, str(error)
                except StoreUnavailable as error:
                    if not unsure:
                        raise
                    raise OutcomeUnknown(self._log.place, error.problem) from error
                except Refused as error:
                    kind = StoreFull if error.code in FULL else AppendFailed
                    raise kind(self._log.place, f"did not take the events: {error}") from error
                if asyncio.get_running_loop().time() > until:
                    raise (OutcomeUnknown if unsure else AppendFailed)(self._log.place, problem)
                look = True
                await asyncio.sleep(random.uniform(0, pause))
                pause = min(2 * pause, LONGEST_PAUSE)

    async def last(self, stream_id: str) -> Message | None:
        """The last message of a stream, and none that falls behind what was seen of it here."""
        known = self._heads.get(stream_id)
        position = known.position if isinstance(known, Known) else 0
        return await self._log.last(subject_of(self._log.name, stream_id), position)

    def _check_size(self, rows: Sequence[tuple[str, NewEvent]]) -> None:
        check_number_of_events(self._log.place, len(rows))
        most = self._log.client.max_payload
        for stream_id, event in rows:
            size = AROUND + len(event.data_json.encode()) + len(event.metadata_json.encode())
            if size > most:
                raise NotSupported(
                    self._log.place,
                    f"takes messages of {most:,} bytes, and {event.type} for {stream_id!r} needs "
                    f"up to {size:,}",
                    "Nothing was stored. Raise max_payload in the configuration of every server, "
                    "or keep what is large elsewhere and its hash in the event.",
                )

    @asynccontextmanager
    async def _turn(self, append: Append) -> AsyncIterator[None]:
        """One append at a time in each stream, and one alone where it is about the whole log.

        The server would refuse a second one anyway. Others go on at the same time.
        """
        if append.is_about_the_log:
            async with self._gate.alone():
                yield
            return
        streams = sorted(stream_id for stream_id, _, _ in append.writes)
        turns: list[Any] = [self._turns.setdefault(one, asyncio.Lock()) for one in streams]
        if len(append.rows) > 1:
            turns.append(self._batches)
        taken = []
        async with self._gate.among_others():
            try:
                for turn in turns:
                    await turn.acquire()
                    taken.append(turn)
                yield
            finally:
                for turn in taken:
                    turn.release()

    async def _attempt(self, append: Append, *, look: bool) -> list[AppendResult]:
        """Look at what is there as far as it has to be, decide, and store."""
        end = await self._log.head() if append.is_about_the_log else None
        look = look or append.is_about_the_log or not append.rows
        found = None if look else self._remembered(append)
        if found is None:
            found = [await self._look(stream_id, events) for stream_id, events, _ in append.writes]
            if append.condition is not None and not any(one.stored for one in found):
                await self._check_condition(append.condition, append.reshaping, end)
            append.was_there = are_retries(append.writes, [one.head for one in found])
            if append.was_there or not append.rows:
                pairs = _pairs(append, found)
                return [first_answer(write, one.head, one.read) for write, one in pairs]
        position = await self._send(append, found, end)
        return self._stored(append, found, position)

    # --- what is there ---------------------------------------------------------------------------

    def _remembered(self, append: Append) -> list[Found] | None:
        """What this store has seen of the streams, if that is enough to try."""
        found = []
        for stream_id, events, expected in append.writes:
            known = self._heads.get(stream_id)
            if not isinstance(known, Known) or any(known.may_have(e.event_id) for e in events):
                return None
            if not events or not as_expected(expected, known.version):
                return None  # somebody else's append may have changed it
            found.append(Found(known))
        return found

    async def _look(self, stream_id: str, events: Sequence[NewEvent]) -> Found:
        """What the leader says of the stream, and those of the events that are in it."""
        known = self._heads.get(stream_id)
        if not isinstance(known, Known):
            known = Known(0)
            self._heads.put(stream_id, known)
        subject = subject_of(self._log.name, stream_id)
        last = await self._log.last(subject, known.position)
        if last is not None and last.position > known.position:
            async for message in self._between(subject, known.position, last.position):
                event = recorded(message, self._log.place)
                if message.version != known.version + 1:
                    problem = f"after version {known.version} of {stream_id!r} comes "
                    raise StoreDamaged(self._log.place, f"{problem}{message.version}")
                known.position = message.position
                self.learn(event.recorded_at)
                self._add(stream_id, known, [event.event_id])
        found = Found(known)
        asked = {event.event_id for event in events if known.may_have(event.event_id)}
        if asked:
            async for message in self._between(subject, 0, known.position):
                event = recorded(message, self._log.place)
                if event.event_id in asked:
                    found.stored[event.event_id] = event
        return found

    def _add(self, stream_id: str, known: Known, ids: Sequence[UUID]) -> None:
        if self._heads.get(stream_id) is known:
            self._heads.add(stream_id, ids)
        else:  # forgotten meanwhile, for there are too many
            known.add(ids)

    async def _between(self, subject: str, after: int, upto: int) -> AsyncIterator[Message]:
        """The messages of a subject behind a position, up to one that is there."""
        while after < upto:
            for message in await self._log.page(subject, after):
                if message.position <= upto:
                    yield message
                after = message.position

    async def _check_condition(
        self, condition: AppendCondition, reshaping: Reshaping | None, end: Message | None
    ) -> None:
        position = 0 if end is None else end.position
        if condition.after > position:
            raise ConditionFailed(condition, position)
        async for message in self._between(f"{self._log.name}.>", condition.after, position):
            event = recorded(message, self._log.place)

            def read(query: Query, *_: int, event: RecordedEvent = event) -> list[RecordedEvent]:
                return [event] if query.matches(event) else []

            for query in condition.fail_if_match:
                for found in read_matching(reshaping, query, read, 0, 1):
                    raise ConditionFailed(condition, found.position, found.type, found.stream_id)

    # --- what is put there -----------------------------------------------------------------------

    async def _send(self, append: Append, found: Sequence[Found], end: Message | None) -> int:
        """Hand the events over; the position of the last one."""
        if end is not None:
            self.learn(recorded(end, self._log.place).recorded_at)
        with self._timed() as times:
            return await self._log.send(lambda: self._messages(append, found, end, times))

    def _messages(
        self,
        append: Append,
        found: Sequence[Found],
        end: Message | None,
        times: Callable[[Append], Sequence[datetime]],
    ) -> list[Outgoing]:
        versions = {write[0]: one.known.version for write, one in _pairs(append, found)}
        ends = {write[0]: versions[write[0]] + len(write[1]) for write in append.writes}
        unchecked = {write[0]: one.known.position for write, one in _pairs(append, found)}
        messages: list[Outgoing] = []
        for (stream_id, event), at in zip(append.rows, times(append), strict=True):
            versions[stream_id] += 1
            headers = {VERSION: str(versions[stream_id]), APPEND_VERSION: str(ends[stream_id])}
            if stream_id in unchecked:  # the subject is asked about with the first event on it
                headers[EXPECTED_IN_SUBJECT] = str(unchecked.pop(stream_id))
            if append.is_about_the_log and not messages:
                headers[EXPECTED_IN_LOG] = str(0 if end is None else end.position)
            body = body_of(stream_id, event, at)
            messages.append(Outgoing(subject_of(self._log.name, stream_id), headers, body))
        return messages

    def learn(self, time: datetime) -> None:
        """Something that is in the log was recorded then: what comes is not older."""
        self._recorded = time if self._recorded is None else max(self._recorded, time)

    def _floor(self) -> datetime | None:
        """What is handed over now may not be recorded before this."""
        latest = next(reversed(self._under_way.values()), None)  # the others are not after it
        return max(filter(None, (latest, self._recorded)), default=None)

    @contextmanager
    def _timed(self) -> Iterator[Callable[[Append], Sequence[datetime]]]:
        """When events are recorded: never before those that were handed over before them."""
        key = object()

        def times(append: Append) -> Sequence[datetime]:
            floor = self._floor()
            if append.times is not None:
                all_times = append.times(floor)
            else:
                now = check_time("clock", self._clock())
                all_times = [now if floor is None else max(now, floor)] * len(append.rows)
            self._under_way[key] = all_times[-1]
            return all_times

        try:
            yield times
        except (Conflict, NotNow, Refused):
            self._under_way.pop(key, None)  # it is not in the log, and will not be
            raise
        finally:
            if key in self._under_way:
                self.learn(self._under_way.pop(key))

    def _stored(self, append: Append, found: Sequence[Found], position: int) -> list[AppendResult]:
        """Remember what is stored now, and say so."""
        first = position - len(append.rows) + 1
        last = {stream_id: first + n for n, (stream_id, _) in enumerate(append.rows)}
        answers = []
        for (stream_id, events, _), one in _pairs(append, found):
            if events:
                one.known.position = last[stream_id]
                self._add(stream_id, one.known, [event.event_id for event in events])
            answers.append(
                AppendResult(stream_id, len(events), one.known.version, last.get(stream_id, 0))
            )
        return answers


def check_number_of_events(place: str, count: int) -> None:
    """Raise NotSupported for more than fit into one batch."""
    if count > MOST_IN_BATCH:
        raise NotSupported(
            place,
            f"stores at most {MOST_IN_BATCH:,} events at once, and these are {count:,}",
            f"Nothing was stored. Append them in parts of {MOST_IN_BATCH:,}: each part is stored "
            "whole or not at all, and one that is appended again adds nothing.",
        )


def _pairs(append: Append, found: Sequence[Found]) -> Iterator[tuple[Write, Found]]:
    return zip(append.writes, found, strict=True)


class Gate:
    """Lets many in at the same time, or one alone, before whom nobody else may push in."""

    def __init__(self) -> None:
        self._entering = asyncio.Lock()
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()

    @asynccontextmanager
    async def among_others(self) -> AsyncIterator[None]:
        async with self._entering:
            self._inside += 1
            self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        async with self._entering:
            await self._empty.wait()
            yield

"""The log under the JetStream engine: one connection, in a thread of its own, and four requests.

The client library is made for one event loop, a store for any number of threads: so the loop runs
in a thread, and `Loop.run` hands it work and waits for the answer. A request that is waited for
holds up no other; a thousand can be under way on the one connection.

What the library has no call for is asked in JetStream's own words: an atomic batch (NATS ADR-50)
by three headers, and many messages in one answer (ADR-31) by `DIRECT.GET` with a `batch`. Any
replica may answer the latter, and one may lag behind; so each read first asks the leader where it
has to end, and goes on until it has got there.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from ..errors import (
    Interrupted,
    StoreClosed,
    StoreDamaged,
    StoreDropped,
    StoreError,
    StoreRefused,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

T = TypeVar("T")

VERSION = "Stream-Version"  # headers of ours: of this event in its stream,
APPEND_VERSION = "Append-Version"  # and of the stream after the append that it came with
EXPECTED_IN_LOG = "Nats-Expected-Last-Sequence"
EXPECTED_IN_SUBJECT = "Nats-Expected-Last-Subject-Sequence"
BATCH_ID = "Nats-Batch-Id"
BATCH_PLACE = "Nats-Batch-Sequence"
BATCH_COMMIT = "Nats-Batch-Commit"

MOST_IN_BATCH = 1000  # messages; what a server allows unless it is told otherwise
PAGE = 1000  # messages in one answer
PAGE_BYTES = 8 * 1024 * 1024
ATTEMPT = 3.0  # seconds until a request counts as one that nobody answers
PAUSE = 0.05  # seconds before the next attempt, and longer each time
LONGEST_PAUSE = 0.5

# Error codes of the server (https://github.com/nats-io/nats-server/blob/main/server/errors.json).
NO_MESSAGE, NOT_FOUND = 10037, 10059
CONFLICTS = {10071, 10164}  # wrong last sequence; the second where another write is under way
LATER = {10008, 10009, 10118, 10176, 10210}  # no leader now; a part of a batch lost; too many


class NoAnswer(Exception):
    """Nobody answered in time: what was asked may have been done, or may be done yet."""


class Conflict(Exception):
    """The log or the subject does not end where the message expected it to. Nothing was stored."""


class NotNow(Exception):
    """The server cannot at the moment, and nothing was stored."""


class Refused(Exception):
    """The server says no, and will say so again."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the log: where it stands, and what the engine put into it."""

    position: int
    headers: dict[str, str]
    body: bytes

    @property
    def version(self) -> int:
        """The event's version in its stream."""
        return int(self.headers[VERSION])

    @property
    def ends_its_stream(self) -> bool:
        """Whether it is the last that its append has put into this stream."""
        return self.headers[VERSION] == self.headers[APPEND_VERSION]

    @property
    def ends_its_append(self) -> bool:
        """Whether all of its append is in the log with it."""
        return BATCH_ID not in self.headers or BATCH_COMMIT in self.headers


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way into the log."""

    subject: str
    headers: dict[str, str]
    body: bytes


class Loop:
    """An event loop in a thread, for coroutines that other threads wait for."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._outcomes: set[Future[Any]] = set()
        self._thread = threading.Thread(target=self._serve, name=f"log of {place}", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))  # for sockets that are being closed
        self._loop.close()
        for outcome in tuple(self._outcomes):  # of what had not begun
            outcome.cancel()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do this in the loop, and wait for what comes of it.

        Who is interrupted waits no more, and the work goes on. Raises StoreClosed and Interrupted.
        """
        outcome: Future[T] = Future()
        self._outcomes.add(outcome)
        try:
            self._loop.call_soon_threadsafe(self._begin, work, outcome)
        except RuntimeError:
            work.close()
            outcome.cancel()
        try:
            return outcome.result()
        except CancelledError:
            raise StoreClosed(self._place, "was closed while this was under way") from None
        except KeyboardInterrupt:
            problem = "was interrupted, and it is not known what had been done"
            raise Interrupted(self._place, problem) from None
        finally:
            self._outcomes.discard(outcome)

    def _begin(self, work: Coroutine[Any, Any, T], outcome: Future[T]) -> None:
        task = self._loop.create_task(_carry_out(work, outcome))
        self._tasks.add(task)  # the loop alone would not keep it
        task.add_done_callback(self._tasks.discard)

    def end(self, last: Coroutine[Any, Any, None]) -> None:
        """Do this, and end the thread; what else is under way is given up."""
        if threading.current_thread() is self._thread:  # garbage is collected in any thread
            self._loop.create_task(last).add_done_callback(lambda _: self._loop.stop())
            return
        self.run(last)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


async def _carry_out(work: Coroutine[Any, Any, T], outcome: Future[T]) -> None:
    """Tell the thread that waits at once; asyncio's own way takes one more turn of the loop."""
    try:
        answer = await work
    except asyncio.CancelledError:
        outcome.cancel()
    except BaseException as error:
        outcome.set_exception(error)
    else:
        outcome.set_result(answer)


class Log:
    """A stream of JetStream, for coroutines of one loop.

    `patience` is for how many seconds a request is tried again before StoreUnavailable is raised.
    """

    def __init__(self, servers: Sequence[str], name: str, place: str, patience: float) -> None:
        self.name = name
        self.place = place
        self.patience = patience
        self.seen = 0  # the last position that was read or written here: no answer may fall behind
        self._servers = list(servers)
        self._client: Client | None = None
        self._waiting: dict[str, Callable[[Msg], None]] = {}
        self._numbers = itertools.count()
        self._sending = asyncio.Lock()  # held while an append's messages are handed over

    # --- the connection --------------------------------------------------------------------------

    async def connect(self) -> None:
        """Raises StoreUnavailable where none of the servers answers, and StoreRefused."""
        from nats.aio.client import Client

        problems: list[Exception] = []
        self._client = client = Client()

        async def note(error: Exception) -> None:
            problems[:] = [error]
            if client._transport and not client.is_connected:  # the library would forget it open
                client._transport.close()  # type: ignore[no-untyped-call]

        connecting = client.connect(
            self._servers,
            error_cb=note,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            connect_timeout=2,
            ping_interval=1,  # a server that stands still is left after three seconds
            max_outstanding_pings=2,
        )
        try:
            await asyncio.wait_for(connecting, min(self.patience, 5.0))
        except Exception as error:
            await self.close()
            why = problems[-1] if problems else error
            if "authorization" in str(why).lower():  # the library has no type for it here
                raise StoreRefused(self.place, f"the server lets nobody in so: {why}") from error
            raise StoreUnavailable(self.place, f"no server answers: {why}") from error
        self._inbox = client.new_inbox()
        await client.subscribe(  # without limits: the library drops in silence what is over them
            f"{self._inbox}.*", cb=self._deliver, pending_msgs_limit=0, pending_bytes_limit=0
        )

    @property
    def has_jetstream(self) -> bool:
        """Whether the server that was connected to says that it keeps streams."""
        return bool(self.client._server_info.get("jetstream"))

    @property
    def client(self) -> Client:
        """The connection, which has been made."""
        assert self._client is not None
        return self._client

    async def close(self) -> None:
        """Let go of the connection."""
        with suppress(Exception):
            await self.client.close()

    async def _deliver(self, message: Msg) -> None:
        take = self._waiting.get(message.subject.rpartition(".")[2])
        if take is not None:
            take(message)

    @contextmanager
    def _replies(self, take: Callable[[Msg], None]) -> Iterator[str]:
        """A subject for answers, each of which is handed to `take`."""
        token = str(next(self._numbers))
        self._waiting[token] = take
        try:
            yield f"{self._inbox}.{token}"
        finally:
            del self._waiting[token]

    # --- asking ----------------------------------------------------------------------------------

    async def ask(self, what: str, body: Any) -> dict[str, Any]:
        """One request to JetStream's API. Raises NoAnswer, NotNow and Refused."""
        answer: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()
        with self._replies(_into(answer)) as reply:
            await self._publish(Outgoing(f"$JS.API.{what}", {}, json.dumps(body).encode()), reply)
            return _told(await _in_time(answer))

    async def _publish(self, message: Outgoing, reply: str = "") -> None:
        from nats.errors import Error

        try:
            await self.client.publish(
                message.subject, message.body, reply=reply, headers=message.headers or None
            )
        except Error as error:  # such as a buffer that is full as long as nobody takes it
            raise NoAnswer(str(error)) from error

    async def patiently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The outcome of the first attempt that has one. Raises StoreUnavailable after a while."""
        until = asyncio.get_running_loop().time() + self.patience
        pause = PAUSE
        while True:
            try:
                return await attempt()
            except (NoAnswer, NotNow) as error:
                if asyncio.get_running_loop().time() > until:
                    problem = f"has not answered for {self.patience:g} seconds: {error}"
                    raise StoreUnavailable(self.place, problem) from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    # --- reading ---------------------------------------------------------------------------------

    async def head(self) -> Message | None:
        """The last message of the log, which ends its append; None where there is none."""

        def is_whole(found: Message | None) -> bool:
            if found is None:
                return self.seen == 0
            return found.position >= self.seen and found.ends_its_append

        return await self._last(f"{self.name}.>", is_whole)

    async def last(self, subject: str, after: int = 0) -> Message | None:
        """The last message of a stream's subject, at `after` or behind it."""

        def is_whole(found: Message | None) -> bool:
            if found is None:
                return after == 0
            return found.position >= after and found.ends_its_stream

        return await self._last(subject, is_whole)

    async def last_of_many(self, subjects: str) -> int:
        """The position of the last message of these subjects, 0 where there is none."""
        found = await self._last(subjects, lambda found: True)
        return 0 if found is None else found.position

    async def _last(
        self, subject: str, is_whole: Callable[[Message | None], bool]
    ) -> Message | None:
        """What the leader says is the last, once that is no answer of one that leads no more."""

        async def attempt() -> Message | None:
            try:
                answer = await self.ask(f"STREAM.MSG.GET.{self.name}", {"last_by_subj": subject})
            except Refused as error:
                if error.code != NO_MESSAGE:
                    raise self._gone(error) from error
                found = None
            else:
                found = self._checked(_from_api(answer["message"]))
            if not is_whole(found):
                raise NotNow("who answers has less than what was read here before")
            self.note(found.position if found else 0)
            return found

        return await self.patiently(attempt)

    def _gone(self, error: Refused) -> StoreError:
        if error.code == NOT_FOUND:
            return StoreDropped(self.place, "the bank is gone: somebody has deleted its stream")
        return StoreError(self.place, f"the server does not give its events: {error}")

    def note(self, position: int) -> None:
        """This much has been seen."""
        self.seen = max(self.seen, position)

    async def page(self, subjects: str, after: int, most: int = PAGE) -> list[Message]:
        """The next messages behind a position; there has to be one. From any replica."""

        async def attempt() -> list[Message]:
            found = await self._page(subjects, after, min(most, PAGE))
            if not found:
                raise NotNow("a replica that has not caught up answers")
            return found

        return await self.patiently(attempt)

    async def _page(self, subjects: str, after: int, most: int) -> list[Message]:
        whole: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asked = {"seq": after + 1, "next_by_subj": subjects, "batch": most, "max_bytes": PAGE_BYTES}
        answers: list[Msg] = []

        def take(answer: Msg) -> None:
            answers.append(answer)
            if "Status" in (answer.headers or {}) and not whole.done():
                whole.set_result(None)

        with self._replies(take) as reply:
            body = json.dumps(asked).encode()
            await self._publish(Outgoing(f"$JS.API.DIRECT.GET.{self.name}", {}, body), reply)
            await _in_time(whole)
        found: list[Message] = []
        for answer in answers:
            headers = answer.headers or {}
            before = found[-1].position if found else 0
            if int(headers.get("Nats-Last-Sequence", before)) != before:
                raise NotNow("a part of the answer was lost")
            if headers.get("Status") in ("204", "404"):  # the end of the page; nothing there
                return found
            if "Status" in headers:
                raise NotNow(f"{headers['Status']} {headers.get('Description', '')}")
            message = Message(int(headers["Nats-Sequence"]), headers, answer.data)
            found.append(self._checked(message))
        raise AssertionError("the last of the answers has a status")

    def _checked(self, message: Message) -> Message:
        if VERSION in message.headers and APPEND_VERSION in message.headers:
            return message
        problem = f"the message at position {message.position} was not put there by this kit"
        raise StoreDamaged(self.place, problem)

    async def subjects(self) -> list[str]:
        """All subjects that have a message."""
        found: list[str] = []
        while True:
            asked = {"subjects_filter": f"{self.name}.>", "offset": len(found)}
            info = await self.patiently(partial(self._info, asked))
            page = info["state"].get("subjects") or {}
            found += page
            if not page or len(found) >= info.get("total", 0):
                return found

    async def kept(self) -> int:
        """The bytes of the log on one of its servers."""
        info = await self.patiently(partial(self._info, {}))
        return int(info["state"]["bytes"])

    async def _info(self, asked: dict[str, Any]) -> dict[str, Any]:
        try:
            info = await self.ask(f"STREAM.INFO.{self.name}", asked)
        except Refused as error:
            raise self._gone(error) from error
        if info["state"]["last_seq"] < self.seen:
            raise NotNow("who answers has less than what was read here before")
        return info

    # --- writing ---------------------------------------------------------------------------------

    async def send(self, make: Callable[[], Sequence[Outgoing]]) -> int:
        """Put messages into the log, all or none; the position of the last of them.

        `make` is called when it is their turn: in the order of these calls, messages get to the
        log. Raises Conflict and NotNow, of which nothing is stored, NoAnswer, and Refused.
        """
        answer: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()
        with self._replies(_into(answer)) as reply:
            async with self._sending:
                messages = make()
                if len(messages) == 1:
                    await self._publish(messages[0], reply)
                else:
                    await self._publish_batch(messages, reply)
            position = int(_told(await _in_time(answer))["seq"])
        self.note(position)
        return position

    async def _publish_batch(self, messages: Sequence[Outgoing], reply: str) -> None:
        batch = uuid4().hex
        for place, message in enumerate(messages, 1):
            is_last = place == len(messages)
            message.headers.update({BATCH_ID: batch, BATCH_PLACE: str(place)})
            if is_last:
                message.headers[BATCH_COMMIT] = "1"
            await self._publish(message, reply if is_last else "")


def _into(answer: asyncio.Future[Msg]) -> Callable[[Msg], None]:
    def take(message: Msg) -> None:
        if not answer.done():
            answer.set_result(message)

    return take


async def _in_time(answer: asyncio.Future[T]) -> T:
    """The answer, or NoAnswer after a while."""
    timer = asyncio.get_running_loop().call_later(ATTEMPT, _give_up, answer)
    try:
        return await answer
    finally:
        timer.cancel()


def _give_up(answer: asyncio.Future[Any]) -> None:
    if not answer.done():
        answer.set_exception(NoAnswer(f"no answer within {ATTEMPT:g} seconds"))


def _told(message: Msg) -> dict[str, Any]:
    """What an answer says, or the error that it is."""
    status = (message.headers or {}).get("Status")
    if status == "503":
        raise NotNow("nobody there who keeps this log")
    answer: dict[str, Any] = json.loads(message.data)
    error = answer.get("error")
    if error is None:
        return answer
    code, description = error.get("err_code", 0), error.get("description", "")
    if code in CONFLICTS:
        raise Conflict(description)
    if code in LATER:
        raise NotNow(description)
    raise Refused(code, description)


def _from_api(message: dict[str, Any]) -> Message:
    """A message as the leader's answer has it."""
    lines = base64.b64decode(message.get("hdrs", "")).decode().split("\r\n")[1:]
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    return Message(message["seq"], headers, base64.b64decode(message.get("data", "")))

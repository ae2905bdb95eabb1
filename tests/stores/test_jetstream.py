"""The JetStream engine: the conformance suite, on one node and on three, and what is its own."""

from __future__ import annotations

import asyncio
import gc
import random
import shutil
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import run_state_machine_as_test
from nats.aio.client import Client

import eventsourcing_kit as es
from eventsourcing_kit.errors import (
    AppendFailed,
    ConditionFailed,
    InvalidInput,
    NotAnEventStore,
    NotSupported,
    StoreClosed,
    StoreDamaged,
    StoreDropped,
    StoreNotFound,
    StoreReadOnly,
    StoreRefused,
    StoreTooNew,
    StoreUnavailable,
    WrongExpectedVersion,
)
from eventsourcing_kit.event import category, check_name
from eventsourcing_kit.replay import balances
from eventsourcing_kit.servers import JetStream
from eventsourcing_kit.stores import ANY, NO_STREAM, AppendCondition, Query
from eventsourcing_kit.stores.conformance import (
    NOON,
    LogConformance,
    event,
    events,
    in_threads,
    tagged,
    versions,
)
from eventsourcing_kit.stores.jetstream_log import Log
from eventsourcing_kit.stores.jetstream_opening import (
    FORMAT,
    parse_url,
    stream_of,
    subject_of,
    subjects_of,
)
from tests.stores.jetstream import BankFactory, api, connected, new_bank
from tests.stores.linearizability import linearizable
from tests.stores.test_linearizability import overlaps, random_history
from tests.stores.test_model import StoreMachine


def is_name(text: str) -> bool:
    """Whether a stream may be called so."""
    try:
        check_name("stream_id", text)
    except InvalidInput:
        return False
    return True


class TestOneNode(LogConformance):
    @pytest.fixture
    def factory(self, jetstream_node: JetStream) -> BankFactory:
        return BankFactory(jetstream_node)


class TestThreeNodes(LogConformance):
    @pytest.fixture
    def factory(self, jetstream_cluster: JetStream) -> BankFactory:
        return BankFactory(jetstream_cluster)


@pytest.fixture
def bank(jetstream_node: JetStream) -> BankFactory:
    return BankFactory(jetstream_node)


# --- names ---------------------------------------------------------------------------------------

ANY_ID = st.text(min_size=1, max_size=64).filter(is_name)
STRANGE_IDS = [
    "account-1", "account", "account-", "-", "--", "-1", "account-1-2", "a b-c d", "a.b-c.d",
    "*-*", ">->", "$JS.API-1", "%2E-%00", "%", "café-🏦", "x" * 256, "é" * 128, "account-%", "=-~_",
]  # fmt: skip


@given(ANY_ID)
def test_a_stream_of_any_name_has_a_subject_of_its_own(stream_id: str) -> None:
    subject = subject_of("bank", stream_id)
    assert stream_of(subject) == stream_id
    assert len(subject.split(".")) == 3
    assert not set(subject) & set(" *>\t\r\n")
    assert subject.startswith(subjects_of("bank", category(stream_id)).removesuffix("*"))


def test_streams_of_strange_names_are_kept_apart(bank: BankFactory) -> None:
    with bank.open() as store:
        for stream_id in STRANGE_IDS:
            store.append(stream_id, events(1), NO_STREAM)
        assert store.streams() == sorted(STRANGE_IDS)
        assert [store.version(stream_id) for stream_id in STRANGE_IDS] == [1] * len(STRANGE_IDS)
        assert [e.stream_id for e in store.read_category("account")] == [
            stream_id for stream_id in STRANGE_IDS if category(stream_id) == "account"
        ]
        assert [e.stream_id for e in store.read_category("%")] == ["%"]


@pytest.mark.parametrize(
    "url",
    [
        *("nats://", "nats:///bank", "nats://host:4222", "nats://host:4222/", "nats://host/a/b"),
        *("nats://host:4222/a.b", "nats://host:x/bank", "nats://host,/bank", "nats://host/b?x=1"),
    ],
)
def test_a_url_that_names_no_bank_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"url: .*nats://host:port"):
        es.open_store(url)


def test_a_password_is_nowhere_told() -> None:
    address = parse_url("nats://ada:secret@one:1,ada:secret@two/bank")
    assert address.servers == ("nats://ada:secret@one:1", "nats://ada:secret@two")
    assert address.place == "nats://one:1,two/bank"


# --- opening -------------------------------------------------------------------------------------


def test_a_bank_is_opened_by_its_url(bank: BankFactory) -> None:
    with es.open_store(bank.url) as store:
        store.append("account-1", events(2), 0)
        assert repr(store) == f"JetStreamStore('{bank.url}')"
    with es.open_store(bank.url, read_only=True) as store:
        assert store.position() == 2
        with pytest.raises(StoreReadOnly):
            store.append("account-1", events(1), 2)
    with pytest.raises(InvalidInput, match="replicas"):
        es.open_store(":memory:", replicas=3)


def test_reading_alone_makes_nothing(bank: BankFactory) -> None:
    with pytest.raises(StoreNotFound, match="no such bank"):
        es.open_store(bank.url, read_only=True)
    assert "error" in api(bank.cluster, f"STREAM.INFO.{bank.name}", {})


def test_a_bank_has_as_many_replicas_as_it_was_made_with(
    bank: BankFactory, jetstream_cluster: JetStream
) -> None:
    with pytest.raises(InvalidInput, match="replicas: there are not so many nodes"):
        bank.open(replicas=3)
    with pytest.raises(InvalidInput, match="replicas: must be"):
        bank.open(replicas=2)
    bank.open().close()
    with pytest.raises(InvalidInput, match=r"replicas: .* has 1"):
        bank.open(replicas=3)
    on_three = BankFactory(jetstream_cluster)
    on_three.open().close()
    made = api(jetstream_cluster, f"STREAM.INFO.{on_three.name}", {})
    assert made["config"]["num_replicas"] == 3


def test_where_nobody_answers_it_says_so() -> None:
    with pytest.raises(StoreUnavailable, match="no server answers"):
        es.open_store(f"nats://127.0.0.1:{free_port()}/bank", timeout=1)


def test_a_server_without_jetstream_says_so() -> None:
    with bare_server() as address, pytest.raises(StoreUnavailable, match="-js"):
        es.open_store(f"nats://{address}/bank", timeout=1)


def test_a_wrong_password_is_told_and_not_repeated() -> None:
    with bare_server("-js", "--user", "ada", "--pass", "right") as address:
        with pytest.raises(StoreRefused) as told:
            es.open_store(f"nats://ada:wrong@{address}/bank", timeout=10)
        assert "wrong" not in str(told.value)
        assert "ada" not in str(told.value)


def test_a_store_that_is_garbage_lets_go_of_its_connection(bank: BankFactory) -> None:
    """In whichever thread it is collected: here, its own."""
    store = bank.open()
    thread, held = store._loop._thread, [store]

    async def forget() -> None:
        held.clear()
        gc.collect()

    loop = store._loop
    del store
    with suppress(StoreClosed):
        loop.run(forget())
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"metadata": {}}, NotAnEventStore),
        ({"metadata": {FORMAT: "2"}}, StoreTooNew),
        ({"deny_delete": False}, NotAnEventStore),
        ({"storage": "memory"}, NotAnEventStore),
        ({"allow_atomic": False}, NotSupported),
    ],
)
def test_a_stream_that_is_no_bank_of_ours_is_left_alone(
    bank: BankFactory, changes: dict[str, Any], error: type[Exception]
) -> None:
    ours = {"name": bank.name, "subjects": [f"{bank.name}.>"], "metadata": {FORMAT: "1"}}
    safe = dict.fromkeys(("deny_delete", "deny_purge", "allow_direct", "allow_atomic"), True)
    config = {**ours, **safe, "storage": "file", **changes}
    made = api(bank.cluster, f"STREAM.CREATE.{bank.name}", config)["config"]
    with pytest.raises(error):
        bank.open()
    assert api(bank.cluster, f"STREAM.INFO.{bank.name}", {})["config"] == made


def test_a_child_has_no_part_in_it(bank: BankFactory) -> None:
    program = (
        "import os, sys, warnings, eventsourcing_kit as es\n"
        "warnings.simplefilter('ignore')\n"
        "store = es.open_store(sys.argv[1])\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    try:\n"
        "        store.position()\n"
        "    except es.errors.StoreForked:\n"
        "        store.close()\n"
        "        os._exit(7)\n"
        "_, status = os.waitpid(child, 0)\n"
        "print(os.waitstatus_to_exitcode(status), store.position())\n"
    )
    command = [sys.executable, "-c", program, bank.url]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60).stdout == "7 0\n"


def test_whoever_waits_when_it_is_closed_is_told(bank: BankFactory) -> None:
    store = bank.open()
    told: list[BaseException] = []

    def wait() -> None:
        try:
            store._run(asyncio.sleep(3600))
        except StoreClosed as error:
            told.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not store._loop._outcomes:
        waiting.join(0.01)
    store.close()
    waiting.join(60)
    assert len(told) == 1


# --- the log -------------------------------------------------------------------------------------


def test_what_is_refused_takes_no_position(bank: BankFactory) -> None:
    async def lose_a_part(client: Client) -> None:
        headers = {"Nats-Batch-Id": "lost", "Nats-Batch-Sequence": "1"}
        await client.publish(f"{bank.name}.account.1", b"{}", headers=headers)
        refused = {**headers, "Nats-Batch-Sequence": "3", "Nats-Batch-Commit": "1"}
        answer = await client.request(f"{bank.name}.account.1", b"{}", headers=refused, timeout=5)
        assert b"error" in answer.data

    with bank.open() as store, bank.open() as other:
        store.append("account-1", events(2), 0)
        other.append("account-1", events(1), 2)
        writes: list[Any] = [("account-2", events(2), 0), ("account-1", events(1), 2)]
        for _ in range(3):
            with pytest.raises(WrongExpectedVersion):
                store.append_many(writes)
        connected(bank.cluster, lose_a_part)
        assert store.append("account-1", events(2), 3).position == 5
        assert [e.position for e in other.read_all()] == [1, 2, 3, 4, 5]


def test_what_somebody_else_put_into_the_log_is_named(bank: BankFactory) -> None:
    async def publish(client: Client) -> None:
        await client.request(f"{bank.name}.account.1", b"{}", timeout=5)

    with bank.open() as store:
        store.append("account-1", events(1), 0)
        connected(bank.cluster, publish)
        for use in (store.read_all, lambda: store.append("account-1", events(1), 1)):
            with pytest.raises(StoreDamaged, match="position 2 was not put there by this kit"):
                use()


def test_a_log_that_is_deleted_under_its_store_is_named(bank: BankFactory) -> None:
    with bank.open(timeout=1) as store:
        store.append("account-1", events(1), 0)
        api(bank.cluster, f"STREAM.DELETE.{bank.name}", {})
        for use in (store.read_all, store.streams, lambda: store.version("account-1")):
            with pytest.raises(StoreDropped, match="somebody has deleted its stream"):
                use()
        with pytest.raises((StoreDropped, AppendFailed)):
            store.append("account-1", events(1), 1)
        bank.open().close()
        with pytest.raises(StoreUnavailable, match="less than what was read here before"):
            store.read_all()


def test_a_body_that_is_no_event_is_named(bank: BankFactory) -> None:
    async def publish(client: Client) -> None:
        headers = {"Stream-Version": "1", "Append-Version": "1"}
        await client.request(f"{bank.name}.account.1", b"{}", headers=headers, timeout=5)

    with bank.open() as store:
        connected(bank.cluster, publish)
        with pytest.raises(StoreDamaged, match="position 1 cannot be read"):
            store.read_stream("account-1")


def test_who_is_interrupted_waits_no_more_and_the_append_goes_on(bank: BankFactory) -> None:
    program = (
        "import _thread, asyncio, sys, eventsourcing_kit as es\n"
        "from eventsourcing_kit.stores.jetstream_log import Log\n"
        "real = Log.send\n"
        "async def slow(log, make):\n"
        "    _thread.interrupt_main()\n"
        "    await asyncio.sleep(0.5)\n"
        "    return await real(log, make)\n"
        "store = es.open_store(sys.argv[1])\n"
        "Log.send = slow\n"
        "batch = [es.NewEvent('Made', {})]\n"
        "try:\n"
        "    store.append('made-1', batch, 0)\n"
        "except es.errors.Interrupted:\n"
        "    Log.send = real\n"
        "    print(store.append('made-1', batch, 0).position, store.position())\n"
    )
    command = [sys.executable, "-c", program, bank.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("1 1\n", "")


def test_an_event_that_a_message_cannot_hold_is_refused_by_name(bank: BankFactory) -> None:
    large = es.NewEvent("Scanned", {"page": "x" * (1024 * 1024 - 20)})
    with bank.open() as store:
        with pytest.raises(NotSupported, match="max_payload"):
            store.append("scan-1", [event(), large], 0)
        assert store.position() == 0
        middling = [es.NewEvent("Scanned", {"page": "x" * 900_000}) for _ in range(12)]
        store.append("scan-1", middling, 0)
        assert [e.data["page"] for e in store.read_stream("scan-1")] == ["x" * 900_000] * 12


def test_a_page_of_which_a_part_was_lost_is_asked_for_again(
    bank: BankFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many messages the client drops, and at whichever place: none is missing."""
    real, left = Log._deliver, list(range(2, 12, 3))

    async def deliver(log: Log, message: Any) -> None:
        if left and (message.headers or {}).get("Nats-Sequence") == str(left[0]):
            left.pop(0)
            return
        await real(log, message)

    monkeypatch.setattr(Log, "_deliver", deliver)
    with bank.open() as store:
        store.append("account-1", events(12), 0)
        assert [e.position for e in store.read_all()] == list(range(1, 13))
        assert not left


def test_a_file_is_loaded_in_parts(bank: BankFactory) -> None:
    path = Path(__file__).parents[2] / "data" / "bank.jsonl"
    with es.open_store(":memory:") as plain, bank.open() as store:
        assert es.load_jsonl(store, path) == es.load_jsonl(plain, path) > store.most_at_once
        assert es.load_jsonl(store, path) == 0
        assert store.read_all() == plain.read_all()
        assert balances(store).equals(balances(plain))


# --- several stores on one bank ------------------------------------------------------------------


def test_another_store_may_append_between(bank: BankFactory) -> None:
    with bank.open() as one, bank.open() as two:
        one.append("account-1", events(1), 0)
        two.append("account-1", events(2), 1)
        with pytest.raises(WrongExpectedVersion) as told:
            one.append("account-1", events(1), 1)
        assert (told.value.expected, told.value.actual) == (1, 3)
        assert one.append("account-1", events(1), 3).position == 4
        assert two.append("account-1", events(1), ANY).version == 5
        batch = events(2)
        first = one.append("account-2", batch, 0)
        assert two.append("account-2", batch, NO_STREAM) == first


def test_stores_that_append_at_once_leave_no_gap(jetstream_cluster: JetStream) -> None:
    bank = BankFactory(jetstream_cluster)
    condition = AppendCondition(Query(["Never"]), after=0)

    def work(who: int) -> None:
        with bank.open() as store:
            for n in range(8):
                store.append("account-all", events(1 + n % 2), ANY)
                store.append(f"account-{who}", events(1), n, condition=condition)

    in_threads(4, work)
    with bank.open() as store:
        whole = store.read_all()
        assert [e.position for e in whole] == list(range(1, 4 * (12 + 8) + 1))
        for stream_id in store.streams():
            assert versions(store, stream_id) == list(range(1, store.version(stream_id) + 1))
        assert store.version("account-all") == 48


def test_of_racing_conditions_in_several_stores_one_wins(jetstream_cluster: JetStream) -> None:
    bank = BankFactory(jetstream_cluster)
    told: list[str] = []

    def take(who: int) -> None:
        condition = AppendCondition(Query(tags=["name:ada"]), after=0)
        with bank.open() as store:
            try:
                taken = [tagged("NameTaken", "name:ada")]
                store.append(f"user-{who}", taken, 0, condition=condition)
                told.append("stored")
            except ConditionFailed:
                told.append("told")

    in_threads(4, take)
    assert sorted(told) == ["stored", "told", "told", "told"]


def test_a_clock_that_jumps_leaves_times_in_order(bank: BankFactory) -> None:
    """However many appends are under way at once."""
    chance = random.Random(1)

    def clock() -> datetime:
        return NOON + timedelta(seconds=chance.randrange(1000))

    with bank.open(clock) as store:
        in_threads(
            16,
            lambda who: [store.append(f"account-{who}", events(1 + n % 2), ANY) for n in range(9)],
        )
        times = [e.recorded_at for e in store.read_all()]
    assert len(times) == 16 * 13
    assert times == sorted(times)


# --- beside a model, and in any order ------------------------------------------------------------


@pytest.mark.parametrize("nodes", [1, 3])
def test_it_says_what_the_model_says(nodes: int, request: pytest.FixtureRequest) -> None:
    name = "jetstream_node" if nodes == 1 else "jetstream_cluster"
    cluster: JetStream = request.getfixturevalue(name)

    class Machine(StoreMachine):
        def place(self) -> str:
            return new_bank(cluster)

        def leave(self) -> None:
            """Banks are gone with their servers."""

    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=15, stateful_step_count=20, deadline=None),
    )


def test_twenty_random_histories_of_eight_threads(jetstream_cluster: JetStream) -> None:
    told = overlapping = 0
    with BankFactory(jetstream_cluster).open() as store:
        for number in range(20):
            history = random_history(store, number)
            assert linearizable(history), f"history {number}"
            told += sum(call.result[0:1] == ("told",) for call in history if call.name == "append")
            overlapping += overlaps(history)
    assert told > 20, "there were conflicts to explain"
    assert overlapping > 20, "and calls at the same time"


# --- what the tests share ------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


@contextmanager
def bare_server(*options: str) -> Iterator[str]:
    """A server of NATS with these options, which is no cluster of the kit's; its address."""
    port = free_port()
    program = shutil.which("nats-server", path=sysconfig.get_path("scripts"))
    if program is None:
        pytest.skip("there is no nats-server beside this Python")
    with TemporaryDirectory() as folder:
        command = [program, "-a", "127.0.0.1", "-p", str(port), "-sd", folder, *options]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
            try:
                wait_for(port)
                yield f"127.0.0.1:{port}"
            finally:
                server.kill()


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    while True:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)

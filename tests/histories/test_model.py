"""Which histories a right store explains: in what order, with whose fate unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eventsourcing_kit.histories import Model, Step, unexplained
from eventsourcing_kit.histories.history import Exchange, History, files, tear
from eventsourcing_kit.histories.model import NoReply, in_words, said

APPEND = {"call": 1, "op": "append", "stream": "account-1", "expected": None, "id": "a"}
EVENT = {"type": "MoneyDeposited", "data": {"amount": 10}}
ONE = APPEND | {"events": [EVENT]}
IF_EMPTY = ONE | {"expected": 0}
OTHER = IF_EMPTY | {"call": 2, "id": "b"}
READ = {"call": 3, "op": "read", "stream": "account-1"}
STORED = (1, "MoneyDeposited", '{"amount": 10}')
STEP = (Step("append"),)


def explained(*exchanges: Exchange) -> bool:
    return unexplained(History(exchanges), Model()) is None


def told(request: dict[str, Any], *reply: Any) -> Exchange:
    return Exchange(STEP, (request,), (reply,))


def both(*replies: tuple[Any, ...]) -> Exchange:
    return Exchange(STEP * 2, (IF_EMPTY, OTHER), replies)


def test_of_two_at_one_time_either_may_be_first_and_not_both() -> None:
    assert explained(both(("version", 1), ("conflict", 1)))
    assert explained(both(("conflict", 1), ("version", 1)))
    assert not explained(both(("version", 1), ("version", 2)))
    assert not explained(both(("conflict", 1), ("conflict", 1)))


def test_a_request_whose_program_was_killed_may_be_done_or_not() -> None:
    killed = Exchange(STEP, (ONE,), killed=True)
    assert explained(killed, told(READ, "events", (STORED,)))
    assert explained(killed, told(READ, "events", ()))


def test_but_it_does_not_come_later() -> None:
    killed = Exchange(STEP, (ONE,), killed=True)
    late = [told(READ, "events", ()), told(READ, "events", (STORED,))]
    assert not explained(killed, *late)


def test_a_reply_that_is_lost_was_given() -> None:
    lost = Exchange(STEP, (ONE,))
    assert explained(lost, told(READ, "events", (STORED,)))
    assert not explained(lost, told(READ, "events", ()))


def test_a_retry_gets_the_first_answer_though_others_have_written() -> None:
    first, second = told(IF_EMPTY, "version", 1), told(OTHER | {"expected": 1}, "version", 2)
    assert explained(first, second, told(IF_EMPTY, "version", 1))
    assert not explained(first, second, told(IF_EMPTY, "conflict", 2))
    assert not explained(first, second, told(IF_EMPTY, "version", 3))


def test_a_refusal_may_be_remembered_or_decided_anew() -> None:
    seen = [told(ONE, "version", 1), told(OTHER, "conflict", 1)]
    more = told(ONE | {"id": "c"}, "version", 2)
    assert explained(*seen, more, told(OTHER, "conflict", 1))
    assert explained(*seen, more, told(OTHER, "conflict", 2))
    assert not explained(*seen, more, told(OTHER, "conflict", 3))


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (ONE, {}),
        (ONE, {"ok": True}),
        (ONE, {"ok": True, "version": True}),
        (ONE, {"ok": True, "version": "1"}),
        (ONE, {"ok": False, "error": "conflict"}),
        (READ, {"ok": True, "events": {}}),
        (READ, {"ok": True, "events": [1]}),
        (READ, {"ok": False, "error": "conflict", "version": 1}),
        ({"op": "balances"}, {"ok": True, "balances": []}),
    ],
)
def test_what_is_no_reply_to_its_request_is_refused(request_: Any, reply: Any) -> None:
    with pytest.raises(NoReply):
        said(request_, reply)


def test_a_reply_is_told_in_a_few_words() -> None:
    assert in_words(("events", (STORED,))) == "v1 +10"
    assert in_words(("events", ())) == "nothing"
    assert in_words(("conflict", 3)) == "conflict, at version 3"
    assert in_words(("balances", (("account-1", 5),))) == "account-1: 5"


def test_only_what_was_appended_to_one_file_is_torn(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"one\n")
    before = files(tmp_path)
    log.write_bytes(b"one\ntwo\nthree\n")
    assert "first line" in tear(tmp_path, before, 0)
    assert log.read_bytes() == b"one\ntwo\n"
    assert "half" in tear(tmp_path, before, 1)
    assert log.read_bytes() == b"one\ntw"


def test_what_was_written_anew_renamed_or_beside_another_one_is_not_torn(tmp_path: Path) -> None:
    log, beside = tmp_path / "log", tmp_path / "log.new"
    log.write_bytes(b"one\n")
    before = files(tmp_path)
    log.write_bytes(b"anew, and longer\n")
    assert tear(tmp_path, before, 1) == ""
    beside.write_bytes(b"one\ntwo\n")
    beside.replace(log)
    assert tear(tmp_path, before, 1) == ""
    assert log.read_bytes() == b"one\ntwo\n"
    log.write_bytes(b"one\n")
    before = files(tmp_path)
    log.write_bytes(b"one\ntwo\n")
    beside.write_bytes(b"new")
    assert tear(tmp_path, before, 1) == ""

import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.widgets import BankTravel
from eventsourcing_kit.widgets.bank_travel import LIMITS, limits
from eventsourcing_kit.widgets.bank_travel.data import Details, PackedBank
from tests.widgets.sample import START, sample_store


@pytest.fixture
def timeline() -> es.replay.Timeline:
    return es.replay.Timeline.build(sample_store())


def test_the_details_are_those_of_the_timeline(timeline: es.replay.Timeline) -> None:
    now, before = START + timedelta(days=4), START + timedelta(days=1)
    details = BankTravel(timeline).details(now, before)
    assert details.total == timeline.at(now).sum()
    assert details.events == timeline.events_until(now)
    assert sum(details.counts) + details.empty == len(timeline.accounts)
    assert [(m.account, m.before, m.after) for m in details.movers] == [
        ("account-1", timeline.at(before)["account-1"], timeline.at(now)["account-1"])
    ]


def test_time_moves_total_and_events(timeline: es.replay.Timeline) -> None:
    travel = BankTravel(timeline)
    assert travel.total == timeline.at(timeline.end).sum()
    travel.time = "2025-03-06T12:00:00+01:00"
    assert travel.time == "2025-03-06T11:00:00.000000Z"
    assert travel.events == timeline.events_until(START + timedelta(days=3, hours=2))


def test_what_is_sent_once(timeline: es.replay.Timeline) -> None:
    packed = msgspec.json.decode(BankTravel(timeline).packed, type=PackedBank)
    assert (packed.accounts, packed.events, packed.by) == (2, 62, "recorded_at")
    assert len(packed.times) == len(packed.totals) == 1000
    assert packed.totals[-1] == packed.details.total


def test_a_question_is_answered_in_bytes(timeline: es.replay.Timeline) -> None:
    travel = BankTravel(timeline)
    sent: list[tuple[Any, Any]] = []
    travel.send = lambda content, buffers=None: sent.append((content, buffers))
    packed = msgspec.json.decode(travel.packed, type=PackedBank)
    travel._reply(travel, {"id": 7, "time": packed.end, "since": packed.start}, [])
    content, buffers = sent[0]
    assert content == {"id": 7}
    assert msgspec.json.decode(buffers[0], type=Details).time == packed.end


def test_an_error_is_an_answer_too(timeline: es.replay.Timeline) -> None:
    travel = BankTravel(timeline)
    sent: list[Any] = []
    travel.send = lambda content, buffers=None: sent.append(content)
    travel._reply(travel, {"id": 8, "time": 10**30, "since": 0}, [])
    assert sent[0]["id"] == 8
    assert sent[0]["error"].startswith("OverflowError")


@pytest.mark.parametrize(
    "balances", [[], [0], [5, 5], [-7, 0, 7], list(range(-300, 90_000, 7)), [1, 10**9, -(10**12)]]
)
def test_the_limits_are_round_and_hold_nearly_all(balances: list[int]) -> None:
    array = np.array(balances, np.int64)
    found = limits(array)
    assert found == sorted(set(found))
    assert 0 in found
    assert len(found) <= 2 * LIMITS + 1
    assert all(len(str(abs(limit)).rstrip("0")) <= 2 for limit in found)
    if len(array):
        assert (array <= found[-1]).sum() >= 0.98 * len(array)
        assert (array >= found[0]).sum() >= 0.98 * len(array)


def test_the_scale_is_that_of_the_whole_time(timeline: es.replay.Timeline) -> None:
    """What holds at the end must not decide how the beginning looks."""
    travel = BankTravel(timeline)
    packed = msgspec.json.decode(travel.packed, type=PackedBank)
    for moment in (timeline.start, START + timedelta(days=2), timeline.end):
        counts = travel.details(moment, moment).counts
        assert len(counts) == len(packed.limits) + 1
        assert max(counts) <= packed.highest


def test_an_account_has_a_curve_of_its_own(timeline: es.replay.Timeline) -> None:
    travel = BankTravel(timeline)
    travel.account = "account-1"
    curve = travel.details(timeline.end, timeline.start, "account-1").curve
    assert curve is not None
    assert curve.balances[-1] == timeline.at(timeline.end)["account-1"]
    assert curve.times == sorted(curve.times)
    with pytest.raises(es.InvalidInput, match="none of this timeline"):
        travel.account = "account-404"


def test_repr_and_picture_never_change(timeline: es.replay.Timeline) -> None:
    first, second = BankTravel(timeline), BankTravel(timeline)
    assert repr(first) == repr(second)
    assert repr(first).startswith("BankTravel(2 accounts, 62 events; after 62 of them: ")
    assert first.picture() == second.picture()
    assert ET.fromstring(first.picture()).get("role") == "img"


def test_what_is_no_timeline_is_refused() -> None:
    with pytest.raises(es.InvalidInput, match=r"Timeline\.build"):
        BankTravel([])  # type: ignore[arg-type]

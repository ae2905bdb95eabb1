"""Each incident is made on the kit itself, shows what it is, and tells what each action does."""

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from typing import Any
from urllib.parse import urlparse

import msgspec
import pytest

from eventsourcing_kit.operation import INCIDENTS, Recording
from eventsourcing_kit.operation import incidents as made
from eventsourcing_kit.operation.stage import SERIES, Tape
from eventsourcing_kit.widgets import ControlRoom

UNTIL_THEN: dict[Callable[[], Recording], list[Tape]] = {}  # of each run, before its action


@cache
def recorded(incident: Callable[[], Recording]) -> Recording:
    """Made once for all tests: it takes a while."""
    cut, runs = made._until, UNTIL_THEN.setdefault(incident, [])

    def kept(tape: Tape, end: float) -> Tape:
        found = cut(tape, end)
        if end == made.UNTIL:
            runs.append(found)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made, "_until", kept)
        return incident()


def level(recording: Recording, name: str) -> list[float]:
    return recording.tape.series[name]


def right(recording: Recording) -> Any:
    return next(action for action in recording.actions if action.is_right)


each_incident = pytest.mark.parametrize("incident", INCIDENTS, ids=lambda one: one.__name__)


@each_incident
def test_it_is_told_with_its_source_and_can_be_decided(incident: Callable[[], Recording]) -> None:
    told = recorded(incident)
    assert urlparse(told.source).netloc == "github.com"
    assert told.cause in told.causes
    assert [action.is_right for action in told.actions].count(True) == 1
    assert len({action.words for action in told.actions}) == 3
    assert {len(values) for values in told.tape.series.values()} == {made.SAMPLES}
    assert told.tape.series.keys() == SERIES.keys()
    assert max(line.at for line in told.tape.log) <= made.UNTIL
    assert max(span.until for span in told.tape.spans) <= made.UNTIL


def test_all_causes_are_different() -> None:
    assert len({recorded(incident).cause for incident in INCIDENTS}) == len(INCIDENTS) >= 6


@each_incident
def test_up_to_the_action_each_run_is_the_same(incident: Callable[[], Recording]) -> None:
    told = recorded(incident)
    assert UNTIL_THEN[incident] == [told.tape] * len(told.actions)


@each_incident
def test_a_command_is_a_trace_of_its_own_whatever_the_worker_is_at(
    incident: Callable[[], Recording],
) -> None:
    spans = recorded(incident).tape.spans
    commands = [span.trace for span in spans if span.name == "handle account"]
    assert len(set(commands)) == len(commands) > 0
    assert not {span.trace for span in spans if span.name.startswith("process ")} & set(commands)


@each_incident
def test_the_control_room_shows_what_was_recorded(incident: Callable[[], Recording]) -> None:
    told = recorded(incident)
    shown = msgspec.json.decode(ControlRoom(told).packed)
    assert msgspec.convert({name: shown[name] for name in asdict(told)}, Recording) == told


def test_it_is_the_same_every_time() -> None:
    again = made.poison_event()
    assert again == recorded(made.poison_event)


def test_spans_link_to_the_commands_that_caused_them() -> None:
    spans = recorded(made.poison_event).tape.spans
    commands = {span.trace for span in spans if span.name == "handle account"}
    linked = [span for span in spans if span.name == "process sums" and span.links]
    assert linked
    assert all(set(span.links) <= commands for span in linked)


def test_a_poison_event_stops_the_read_model_alone() -> None:
    told = recorded(made.poison_event)
    assert level(told, "lag")[-1] > 300
    assert level(told, "appended")[-1] > level(told, "appended")[30]
    assert any("KeyError: 'APP'" in line.words for line in told.tape.log)
    assert right(told).lag == 0
    assert all(action.lag > 500 for action in told.actions if not action.is_right)
    assert "read model is behind" in [alarm.rule.name for _, alarm in told.alarms()]


def test_a_slow_sink_takes_the_workers_time() -> None:
    told = recorded(made.slow_sink)
    took = [s.until - s.at for s in told.tape.spans if s.name == "process sums effect"]
    assert (min(took), max(took)) == (0.5, 14.0)
    assert level(told, "lag")[-1] > 60
    assert right(told).lag < min(one.lag for one in told.actions if not one.is_right)
    assert not any(line.level == "WARNING" for line in told.tape.log)


def test_a_hot_stream_is_conflicts_and_refusals_without_lag() -> None:
    told = recorded(made.hot_stream)
    assert sum(level(told, "conflicts")[:24]) == 0 < sum(level(told, "conflicts")[24:])
    assert sum(level(told, "failed")) > 0
    assert max(level(told, "lag")) < 60
    assert (right(told).conflicts, right(told).failed) == (0, 0)
    assert all(action.conflicts > 10 for action in told.actions if not action.is_right)
    conflicts = [s for s in told.tape.spans if s.error == "WrongExpectedVersion"]
    assert len(conflicts) >= 10


@pytest.mark.skipif("sys.platform == 'win32'", reason="no limit for the length of files")
def test_a_full_disk_refuses_every_append_and_loses_nothing() -> None:
    told = recorded(made.full_disk)
    appended = level(told, "appended")
    assert appended[31] == appended[-1] > appended[0]
    assert {line.words for line in told.tape.log if line.level == "ERROR"} == {"StoreFull"}
    assert right(told).failed == 0
    assert all(action.failed > 10 for action in told.actions if not action.is_right)
    [_, retried, _] = told.actions
    assert retried.failed == 4 * told.actions[0].failed


def test_a_rebuild_keeps_the_live_read_model_waiting() -> None:
    told = recorded(made.rebuild_at_noon)
    assert level(told, "lag")[30] < 60 < 200 < level(told, "lag")[-1]
    assert [line.words for line in told.tape.log if "rebuild" in line.words] == [
        "rebuild began projection=statistics"
    ]
    assert right(told).lag < 10
    assert all(action.lag > 300 for action in told.actions if not action.is_right)


def test_a_job_at_night_is_a_burst_with_conflicts_that_ends_by_itself() -> None:
    told = recorded(made.job_at_night)
    assert max(level(told, "lag")[:30]) < 10
    assert sum(level(told, "conflicts")) > 20
    assert level(told, "lag")[-1] > 60
    assert right(told).lag < level(told, "lag")[-1]
    assert sum(level(told, "failed")) == 0

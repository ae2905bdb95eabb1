"""Right stores pass every stage; each wrong one is caught, and its mistake is named."""

from __future__ import annotations

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.histories import LAST_STAGE, MISTAKES, Verdict, cases, judge
from eventsourcing_kit.histories.runner import ASKED
from tests.histories.programs import RIGHT, WRONG, Inside

each_stage = pytest.mark.parametrize("stage", range(1, LAST_STAGE + 1))
INSIDE = [name for name, wrong in WRONG.items() if not wrong.killed]


def of_source(source: str, stage: int) -> Verdict:
    return judge(lambda: Inside(source), stage)


@each_stage
def test_the_right_store_passes(stage: int) -> None:
    verdict = of_source(RIGHT, stage)
    assert verdict.passed, verdict
    assert (verdict.met, verdict.hint) == ("All 30 histories are explained.", "")


@pytest.mark.parametrize("name", INSIDE)
def test_a_wrong_store_is_caught_and_its_mistake_named(name: str) -> None:
    wrong = WRONG[name]
    verdict = of_source(wrong.source, wrong.stage)
    assert not verdict.passed
    assert verdict.mistake == wrong.mistake
    assert verdict.met


@pytest.mark.parametrize("name", [n for n in INSIDE if WRONG[n].stage > 1])
def test_it_passes_the_stages_before(name: str) -> None:
    """So that a mistake is told where it belongs. A retry is not asked before the last stage."""
    wrong = WRONG[name]
    verdict = of_source(wrong.source, wrong.stage - 1)
    assert verdict.passed, verdict


def test_who_ignores_ids_is_told_of_them_in_the_last_stage_only() -> None:
    """The first stages say that they may be ignored; a torn line is what is wrong here."""
    first = """
import json

class Store:
    def __init__(self, folder):
        self.path = folder + "/events.jsonl"
        self.streams = {}
        with open(self.path, "a+") as file:
            file.seek(0)
            for line in file:
                self.keep(*json.loads(line))

    def keep(self, stream, events):
        self.streams.setdefault(stream, []).extend(events)
        return len(self.streams[stream])

    def append(self, stream, events, expected, id):
        with open(self.path, "a") as file:
            file.write(json.dumps([stream, events]) + "\\n")
        return self.keep(stream, events)

    def read(self, stream):
        return [dict(e, version=n) for n, e in enumerate(self.streams.get(stream, []), 1)]
"""
    verdict = judge(lambda: Inside(first), 1)
    assert not verdict.passed
    assert "leave out a last line" in verdict.hint.replace("\n", " ")
    assert all(step.fault in ("", "torn", "dies") for step in verdict.case)


@pytest.mark.parametrize(
    "conflict",
    [
        "def __init__(self, version): super().__init__(f'at {version}'); self.version = version",
        "def __init__(self, version): super().__init__('no'); self.actual = version",
        "pass",
    ],
)
def test_a_conflict_says_its_version_where_one_would_put_it(conflict: str) -> None:
    at = RIGHT.index("class Conflict(Exception):")
    own = f"class Conflict(Exception):\n    {conflict}\n\n\n"
    source = RIGHT[:at] + own + RIGHT[RIGHT.index("\n\n\n", at) + 3 :]
    assert of_source(source, 2).passed


def test_an_error_is_told_with_its_line() -> None:
    verdict = of_source(WRONG["a type that it does not know"].source, 3)
    assert "KeyError: 'AccountRenamed', line" in verdict.met


@each_stage
def test_a_store_that_knows_nothing_yet_is_not_attempted(stage: int) -> None:
    verdict = of_source("class Store:\n    def __init__(self, folder): pass", stage)
    assert not verdict.attempted
    assert verdict.met in [f"Your program does not know {method} yet." for method in ASKED]
    assert not verdict.passed
    assert verdict.hint == ""


@pytest.mark.parametrize("stage", [0, 6])
def test_another_stage_is_refused(stage: int) -> None:
    with pytest.raises(es.InvalidInput, match="1 to 5"):
        of_source(RIGHT, stage)


@each_stage
def test_the_same_seed_gives_the_same_cases(stage: int) -> None:
    assert list(cases(stage, 7, 20)) == list(cases(stage, 7, 20))
    assert list(cases(stage, 7, 20)) != list(cases(stage, 8, 20))


def test_every_mistake_has_a_sentence_and_a_hint() -> None:
    for mistake in MISTAKES:
        assert mistake.met.endswith(".")
        assert mistake.hint.endswith((".", "?"))
    named = {wrong.mistake for wrong in WRONG.values()} - {""}
    assert named <= {mistake.name for mistake in MISTAKES}

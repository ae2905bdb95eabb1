"""The tag by which a fold's states are told from all others, and what it does not see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, make_dataclass
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import UnfitState
from tests.snapshots.bank import COUNTED, FOLD


@dataclass(frozen=True)
class Grown:
    amount: int


@dataclass(frozen=True)
class Shrunk:
    amount: int


Evolve = Callable[[Any, Any], Any]


def decider(evolve: Evolve, start: Any = 0, *classes: type[Any]) -> es.Decider[Any, Any, Any]:
    return es.Decider(lambda c, s: [], evolve, start, lambda s: False, es.EventTypes(classes))


def fingerprint(decider: es.Decider[Any, Any, Any]) -> str:
    return es.snapshots.SnapshotSource("it", decider).tag.rpartition("/")[2]


def add(state: int, event: Grown) -> int:
    return state + event.amount


def test_a_tag_is_the_name_the_version_and_a_fingerprint() -> None:
    fold = es.snapshots.SnapshotSource("account", es.banking.account, version=3)
    assert fold.tag.startswith("account/3/")
    assert repr(fold) == f"SnapshotSource({fold.tag})"
    assert fold.tag == es.snapshots.SnapshotSource("account", es.banking.account, 3).tag


def test_comments_and_layout_do_not_count() -> None:
    def one() -> Evolve:
        def evolve(state: int, event: Grown) -> int:
            return state + event.amount

        return evolve

    def other() -> Evolve:
        # fmt: off
        def evolve( state: int,
                    event: Grown ) -> int:
            return (state
                    + event.amount)  # in cents
        # fmt: on

        return evolve

    assert fingerprint(decider(one())) == fingerprint(decider(other()))


def test_another_operator_in_evolve_is_other_code() -> None:
    def one() -> Evolve:
        def evolve(state: int, event: Grown) -> int:
            return state + event.amount

        return evolve

    def other() -> Evolve:
        def evolve(state: int, event: Grown) -> int:
            return state - event.amount

        return evolve

    assert fingerprint(decider(one())) != fingerprint(decider(other()))


def test_another_initial_state_is_other_code() -> None:
    assert fingerprint(decider(add, 0)) != fingerprint(decider(add, 100))


def test_another_field_of_the_state_is_other_code() -> None:
    def state(extra: bool) -> Any:
        @dataclass(frozen=True)
        class State:
            n: int = 0
            if extra:
                more: int = field(default=0, repr=False)

        return State()

    assert fingerprint(decider(add, state(False))) != fingerprint(decider(add, state(True)))


def test_another_field_deep_in_the_state_is_other_code() -> None:
    def state(hint: type[Any]) -> Any:
        inner = make_dataclass("Inner", [("amount", hint)])
        return make_dataclass("State", [("held", dict[str, list[inner]] | None, None)])()  # type: ignore[valid-type]

    assert fingerprint(decider(add, state(int))) != fingerprint(decider(add, state(str)))


def test_a_state_that_holds_its_own_kind_ends() -> None:
    assert fingerprint(decider(add, Tree())) == fingerprint(decider(add, Tree()))


@dataclass(frozen=True)
class Tree:
    children: tuple[Tree, ...] = ()


def test_another_class_or_version_of_events_is_other_code() -> None:
    @dataclass(frozen=True)
    class Newer:
        schema_version = 2
        amount: int

    Newer.__name__ = "Grown"
    tags = [fingerprint(decider(add, 0, *known)) for known in [(Grown,), (Newer,), (Grown, Shrunk)]]
    assert len(set(tags)) == 3


def helper(amount: int) -> int:
    return amount


def test_what_is_not_seen_is_for_the_author_to_say_by_the_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def evolve(state: int, event: Grown) -> int:
        return state + int(globals()["hel" + "per"](event.amount))

    before = es.snapshots.SnapshotSource("it", decider(evolve)).tag
    monkeypatch.setitem(globals(), "helper", lambda amount: 2 * amount)
    assert es.snapshots.SnapshotSource("it", decider(evolve)).tag == before
    assert es.snapshots.SnapshotSource("it", decider(evolve), version=2).tag != before


def test_a_lambda_will_do() -> None:
    one = fingerprint(decider(lambda s, e: s))
    other = fingerprint(decider(lambda s, e: None))
    assert one != other


def test_an_evolve_without_a_source_is_refused() -> None:
    with pytest.raises(es.InvalidInput, match="evolve: has no source to be known by"):
        es.snapshots.SnapshotSource("it", decider(max))


@pytest.mark.parametrize("name", ["", "a/b", " ", "a\n"])
def test_a_name_that_would_confuse_the_tag_is_refused(name: str) -> None:
    with pytest.raises(es.InvalidInput, match=r"^name: "):
        es.snapshots.SnapshotSource(name, COUNTED)


@pytest.mark.parametrize("version", [0, -1, True, "1", 1.0])
def test_a_version_is_a_whole_number_from_one(version: Any) -> None:
    with pytest.raises(es.InvalidInput, match=r"^version: "):
        es.snapshots.SnapshotSource("account", COUNTED, version)


def test_a_state_comes_back_from_its_text() -> None:
    state = es.banking.Account("open", "Ada ☂", "EUR", 500, -200)
    assert FOLD.decode(FOLD.encode(state)) == state


@pytest.mark.parametrize(
    "state",
    [(1, 2), {1, 2}, {1: "a"}, float("nan"), 2**70, object(), {"day": frozenset()}, "\ud800"],
    ids=["tuple", "set", "number as key", "nan", "beyond 64 bits", "object", "set inside", "text"],
)
def test_a_state_that_json_would_change_is_refused(state: Any) -> None:
    fold = es.snapshots.SnapshotSource("it", decider(add, {} if isinstance(state, dict) else None))
    with pytest.raises(UnfitState, match="A state of the fold 'it' cannot be kept as JSON"):
        fold.encode(state if isinstance(state, dict) else [state])


def test_sets_come_back_and_dicts_keep_their_order() -> None:
    state = Ward(frozenset({"b", "a", "c"}), {"z": 1, "a": 2})
    text = WARD.encode(state)
    assert text == '{"names":["a","b","c"],"beds":{"z":1,"a":2}}'
    assert list(WARD.decode(text).beds) == ["z", "a"]


@dataclass(frozen=True)
class Ward:
    names: frozenset[str] = frozenset()
    beds: dict[str, int] = field(default_factory=dict)


WARD: es.snapshots.SnapshotSource[Any, Any, Ward] = es.snapshots.SnapshotSource(
    "ward", decider(add, Ward())
)


@pytest.mark.parametrize(
    "text",
    ['{"status":"open"}', "{}", "null", "", '{"events":1,"more":2}', '{"events":"1"}', "[1]"],
)
def test_a_text_of_another_shape_is_not_filled_up_with_defaults(text: str) -> None:
    fold = es.snapshots.SnapshotSource("counted", COUNTED)
    with pytest.raises(ValueError, match=r"shape|Expected|truncated|unknown"):
        fold.decode(text)

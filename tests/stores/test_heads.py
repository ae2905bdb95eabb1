"""What is remembered of streams never says that an id is new which is there."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from eventsourcing_kit.stores import heads
from eventsourcing_kit.stores.heads import MASK, Heads, Remembered

IDS = st.lists(st.uuids(), max_size=20)


@given(IDS, IDS)
def test_an_id_that_is_there_is_looked_for(stored: list[UUID], added: list[UUID]) -> None:
    head = Remembered(len(stored), sorted(one.int & MASK for one in stored))
    head.add(added)
    assert head.version == len(stored) + len(added)
    assert all(head.may_have(one) for one in stored + added)


@given(IDS, IDS)
def test_others_are_known_to_be_new(stored: list[UUID], others: list[UUID]) -> None:
    short = {one.int & MASK for one in stored}
    head = Remembered(len(stored), sorted(short))
    assert not any(head.may_have(one) for one in others if one.int & MASK not in short)


def test_the_least_recently_used_stream_goes() -> None:
    kept = Heads()
    limit = heads.MAX_KNOWN_IDS
    kept.put("a", Remembered(limit // 2 - 2, range(limit // 2 - 2)))
    kept.put("b", Remembered(limit // 2 - 2, range(limit // 2 - 2)))
    assert kept.get("a") is not None
    kept.put("c", Remembered(5, range(5)))
    assert kept.get("b") is None
    assert kept.get("a") is not None
    assert kept.get("c") is not None


def test_two_long_streams_by_turns_are_both_remembered() -> None:
    kept = Heads()
    for name in "ab":
        kept.put(name, Remembered(100_000, range(100_000)))
    for n in range(100):
        assert kept.get("ab"[n % 2]) is not None

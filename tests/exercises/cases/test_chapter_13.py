import pytest

import eventsourcing_kit as es
from tests.exercises.proof import Proof, verdict

OTHER_WAYS = {
    "partition_key": """
from hashlib import md5

def partition(event, count):
    return int.from_bytes(md5(event["customer"].encode()).digest()) % count
""",
    "safe_checkpoint": """
def ready(checkpoint, visible, horizon):
    found = []
    for number, position in sorted(visible):
        if number < horizon and (number, position) > checkpoint:
            found.append((number, position))
    return found
""",
    "answer_lost": """
def surely(read, append, event_id, expected_version):
    for last in (False, False, True):
        try:
            return append(event_id, expected_version)
        except (TimeoutError, es.WrongExpectedVersion) as error:
            stored = read()
            if event_id in stored:
                return stored.index(event_id) + 1
            if last or not isinstance(error, TimeoutError):
                raise
""",
    "hot_stream": """
def withdraw(parts, amount):
    taken = {}
    for balance, place in sorted(((b, p) for p, b in enumerate(parts)), reverse=True):
        if amount > 0 and balance > 0:
            taken[place] = min(balance, amount)
            amount -= taken[place]
    return taken if amount == 0 else None
""",
    "own_write": """
def read(token, replicas, leader):
    position, page = max(replicas, default=(-1, ""))
    if position < token:
        position, page = leader()
    return page, position
""",
}


class TestChapter13(Proof):
    chapter = 13


@pytest.mark.parametrize("name", list(OTHER_WAYS))
def test_another_way_to_do_it_is_right(name: str) -> None:
    exercise = es.exercises.chapter(13)[name]
    found = verdict(exercise, OTHER_WAYS[name])
    assert found.right, found


def test_a_table_that_fills_as_customers_come_is_no_partition_key() -> None:
    """Whatever it holds by then: in the learner's process it is as old as the notebook."""
    exercise = es.exercises.chapter(13)["partition_key"]
    filled = exercise.build("""
NUMBERS = {f"customer-{n}": n for n in range(7)}

def partition(event, count):
    return NUMBERS.setdefault(event["customer"], len(NUMBERS)) % count
""")
    assert exercise.judge(filled).message.startswith("You give out partitions in the order")

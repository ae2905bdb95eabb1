import pytest

import eventsourcing_kit as es
from tests.exercises.proof import Proof, verdict

OTHER_WAYS = {
    "canonical": """
import json

def ordered(value):
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: ordered(value[name]) for name in names}
    return [ordered(one) for one in value] if isinstance(value, list) else value

def canonical(value):
    text = json.dumps(ordered(value), separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")
""",
    "first_wrong": """
def first_wrong(events, head, digest):
    hashes = ["", *(digest(*event) for event in events)]
    links = [*(previous for previous, _ in events), head]
    return next((n for n, (a, b) in enumerate(zip(hashes, links)) if a != b), None)
""",
    "inclusion": """
def inclusion_proof(index, leaves, node):
    def over(part):
        half = len(part) // 2
        return part[0] if half == 0 else node(over(part[:half]), over(part[half:]))

    if len(leaves) == 1:
        return []
    half = len(leaves) // 2
    left, right = leaves[:half], leaves[half:]
    if index < half:
        return [*inclusion_proof(index, left, node), over(right)]
    return [*inclusion_proof(index - half, right, node), over(left)]
""",
    "second_history": """
def second_history(events, version, body, digest):
    told = list(events[: version - 1]) + [(events[version - 1][0], body)]
    for _, old in events[version:]:
        told.append((digest(*told[-1]), old))
    return told
""",
    "statement": """
def statement(events, open_memo):
    def memo(ciphertext):
        try:
            return open_memo(ciphertext)
        except es.errors.ErasedPerson:
            return None

    return sum(amount for amount, _ in events), [memo(text) for _, text in events]
""",
}


class TestChapter10(Proof):
    chapter = 10


@pytest.mark.parametrize("name", list(OTHER_WAYS))
def test_another_way_to_do_it_is_right(name: str) -> None:
    exercise = es.exercises.chapter(10)[name]
    found = verdict(exercise, OTHER_WAYS[name])
    assert found.right, found

import pytest

import eventsourcing_kit as es
from tests.exercises.proof import Proof, verdict

OTHER_WAYS = {
    "first_wrong": """
from bisect import bisect_left
from itertools import accumulate

def first_wrong(amounts, is_bad):
    place = bisect_left(list(accumulate(amounts)), True, key=is_bad)
    return place + 1 if place < len(amounts) else None
""",
    "where_time_went": """
def where_time_went(spans, trace):
    own = {trace, *(span["trace"] for span in spans if trace in span["links"])}
    best = None
    for span in spans:
        if span["trace"] not in own:
            continue
        time, end = span["end"] - span["start"], span["start"]
        inside = [one for one in spans if one["parent"] == span["id"]]
        for child in sorted(inside, key=lambda one: one["start"]):
            time -= max(0, child["end"] - max(end, child["start"]))
            end = max(end, child["end"])
        if best is None or time > best[0]:
            best = time, span["id"]
    return best[1]
""",
    "restart_order": """
def restart_order(needs, down):
    affected = set(down)
    for _ in needs:
        affected |= {part for part in needs if affected & set(needs[part])}
    order = []
    while affected:
        ready = [part for part in affected if not affected & set(needs[part])]
        order += sorted(ready, reverse=True)
        affected -= set(ready)
    return order
""",
}


class TestChapter12(Proof):
    chapter = 12


@pytest.mark.parametrize("name", list(OTHER_WAYS))
def test_another_way_to_do_it_is_right(name: str) -> None:
    exercise = es.exercises.chapter(12)[name]
    found = verdict(exercise, OTHER_WAYS[name])
    assert found.right, found

import pytest

import eventsourcing_kit as es
from tests.exercises.proof import Proof, verdict

OTHER_WAYS = {
    "deny_by_default": """
from fnmatch import fnmatchcase

def may(rules, roles, action, stream):
    for role, gives, streams in rules:
        if role in roles and gives == action and fnmatchcase(stream, streams):
            return True
    return False
""",
    "mask": """
from copy import deepcopy

def seen(event, masked):
    event = deepcopy(event)
    for name in masked:
        if name in event["data"]:
            event["data"][name] = "[masked]"
            marks = event["metadata"].setdefault("masked_fields", [])
            if name not in marks:
                marks.append(name)
    if "masked_fields" in event["metadata"]:
        event["metadata"]["masked_fields"].sort()
    return event
""",
    "tenant_policy": '''
using = """
    regexp_extract(stream_id, '^[^-]*-([^.]*)[.]', 1) = (
        SELECT tenant FROM members
        WHERE member = getvariable('login') AND tenant = getvariable('tenant')
    )
"""
''',
    "who_saw_it": """
def who_saw(notes, stream, positions, since, until):
    found = set()
    for day, actor, subject, outcome, first, last in notes:
        if outcome == "refused" or not since <= day < until:
            continue
        if subject not in ("*", stream, stream.split("-")[0] + "-*"):
            continue
        if set(positions) & set(range(first, last + 1)):
            found.add(actor)
    return sorted(found)
""",
    "lint": r"""
import re

def lint(events, allow):
    found = set()

    def look(path, value):
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                for name, more in inner.items():
                    if re.search("(^|_)(password|pin|token)(_|$)", name):
                        found.add(f"{path}.{name}")
                    look(f"{path}.{name}", more)

    for type_, data in events:
        look(type_, data)
    left = [one for one in found if not allow.get(one)]
    return sorted(left), sorted(one for one in allow if one not in found)
""",
}


class TestChapter11(Proof):
    chapter = 11


@pytest.mark.parametrize("name", list(OTHER_WAYS))
def test_another_way_to_do_it_is_right(name: str) -> None:
    exercise = es.exercises.chapter(11)[name]
    found = verdict(exercise, OTHER_WAYS[name])
    assert found.right, found

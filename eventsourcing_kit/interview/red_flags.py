"""Red flags: what costs an answer, and which sentence of yours comes nearest to each.

Words are compared, nothing is understood: the sentence is shown, and you say whether it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SHARED = 2  # words that a sentence has in common with a red flag, to be shown beside it
# Words that say how something is said, and not what.
HOW = """
    about after all and any are because before but can for from has have into its more most not once
    one only says said some than that the their them then there they this though what when where
    which while who why will with without would you your
"""
COMMON = frozenset(HOW.split())


def nearest(flag: str, notes: str) -> str:
    """The sentence of your notes that shares most words with a red flag; none if it shares but
    one."""
    wanted = set(_words(flag))
    counted = [(len(wanted & set(_words(each))), each) for each in sentences(notes)]
    often, sentence = max(counted, default=(0, ""), key=lambda one: one[0])
    return sentence if often >= SHARED else ""


def sentences(notes: str) -> list[str]:
    """Notes in sentences; in notes a line is one as well."""
    found = re.split(r"(?<=[.!?;])\s+|\n+", notes)
    return [each.strip() for each in found if each.strip()]


def _words(text: str) -> Iterator[str]:
    """The words that count, as stems: a plural or a verb's -s is the same word."""
    for word in re.findall(r"[a-z0-9]+", text.lower()):
        if len(word) > 2 and word not in COMMON:
            yield word.removesuffix("s")

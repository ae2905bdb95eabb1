"""Whether an English word is in the past tense: a rule of thumb, not a grammar.

A word that ends in "-ed" is, and so are the irregular ones that are listed. What is neither may
still be an irregular verb that nobody thought of: doubt it, and do not call it wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final


def is_past(word: str) -> bool:
    """Whether it looks like a past participle: "Deposited", "Withdrawn", "Overpaid"."""
    word = word.lower()
    if word in _IRREGULAR or re.sub(_PREFIX, "", word) in _IRREGULAR:
        return True
    return word.endswith("ed") and not word.endswith("eed") and word not in _NO_PAST


def is_order(word: str) -> bool:
    """Whether commands often begin with it: "Withdraw", "Send"."""
    return word.lower() in _ORDERS


def turned(words: Sequence[str]) -> str:
    """The words of a command as an event: "FeeCharged" of Charge, Fee.

    Where the command names no thing, dots stand for it. Raises KeyError where the first word is no
    order.
    """
    verb, *things = words
    return "".join([*(things or ["…"]), _ORDERS[verb.lower()].capitalize()])


_REGULAR: Final = """
    add approve assign block book calculate change charge close complete confirm correct create
    credit debit delete deliver deposit grant insert issue move open place post process publish
    receive record refund register reject remove rename request reserve reverse save start
    update
"""
_OTHERS: Final = """
    apply applied buy bought cancel cancelled do done draw drawn freeze frozen give given make made
    notify notified pay paid put put repay repaid sell sold send sent set set ship shipped
    stop stopped submit submitted take taken transfer transferred unfreeze unfrozen
    withdraw withdrawn write written
"""
_ORDERS: Final = {
    **{verb: f"{verb.removesuffix('e')}ed" for verb in _REGULAR.split()},
    **dict(zip(_OTHERS.split()[::2], _OTHERS.split()[1::2], strict=True)),
}
"""Verbs with their past participles."""

_IRREGULAR: Final = frozenset(
    word
    for line in (
        "agreed beaten become begun bent bet bid bitten blown borne bought bound bred broken",
        "brought built burnt cast caught chosen come cost cut dealt decreed done drawn driven",
        "eaten fallen fed felt fled flown forbidden forgiven forgotten fought found freed frozen",
        "given gone grown guaranteed heard held hidden hit hung hurt kept known laid lain leant",
        "learnt led left lent let lit lost made meant met mown paid proven put quit read ridden",
        "risen run said seen sent set shaken shot shown shut sold spent split spoken spread spun",
        "stolen stood struck stuck sunk sworn swum taken taught thrown told torn understood upheld",
        "won worn wound woven written",
    )
    for word in line.split()
)
"""Past participles without "-ed", or with "-eed"."""

_PREFIX: Final = "^(under|over|with|mis|pre|un|re)"  # unfrozen, withdrawn, prepaid
_NO_PAST: Final = frozenset({"bed", "embed", "hundred", "naked", "red", "sacred", "shed", "wed"})

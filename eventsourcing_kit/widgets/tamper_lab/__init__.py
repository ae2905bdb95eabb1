"""Nine attacks on a bank, defences to switch on, and what nobody notices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec
import traitlets

from ...errors import InvalidInput
from ..base import Widget, described, static
from .data import changes, tree
from .picture import draw

if TYPE_CHECKING:
    from ...integrity.tampering import Attacked, Notice

DEFENCES: Final = ("trigger", "chain", "signature", "checkpoint", "witness")
MOST: Final = 40  # attacks; each has some kilobytes


class TamperLab(Widget):
    """What an attack has changed, to the byte; the path in the tree that breaks; who noticed.

    `attack` is its name, `rehash` whether the attacker has made the hashes of the chain anew, and
    `on` the defences that are switched on; all follow the browser and may be set.

    Keys: N and P go to the next attack and the one before, D switches the next defence on.
    """

    _esm = static("frame.js", "tamper_lab/tree.js", "tamper_lab/view.js")

    attack = traitlets.Unicode().tag(sync=True)
    rehash = traitlets.Bool().tag(sync=True)
    on = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, attacks: Iterable[Attacked], *, title: str = "Tamper lab") -> None:
        """Begin with the first attack and no defence. Attacks are what `Lab.attack` gives, each
        asked of all sets of defences. Raises InvalidInput."""
        given = list(attacks)
        self._attacks = {(one.attack, one.rehash): one for one in given}
        if not 1 <= len(given) <= MOST or len(self._attacks) < len(given):
            raise InvalidInput("attacks", f"must be 1 to {MOST}, each another one")
        if any(len(one.noticed) < 1 << len(DEFENCES) - 1 for one in given):
            raise InvalidInput("attacks", "must be asked of all sets of defences")
        super().__init__(
            title=title,
            packed=msgspec.json.encode([_packed(one) for one in given]),
            attack=given[0].attack,
            rehash=given[0].rehash,
            on=[],
        )

    def __repr__(self) -> str:
        notice = self._notice
        said = f"noticed by {notice.by}" if notice else "nobody notices"
        return f"TamperLab({self._what}; {', '.join(self.on) or 'no defence'}: {said})"

    @property
    def _now(self) -> Attacked:
        known = (self.attack, self.rehash)
        return self._attacks.get(known) or self._attacks[self.attack, not self.rehash]

    @property
    def _what(self) -> str:
        return f"{self._now.attack}{', hashes made anew' if self._now.rehash else ''}"

    @property
    def _notice(self) -> Notice | None:
        return self._now.noticed[frozenset(self.on) - {"trigger"}]

    def picture(self) -> str:
        """What has changed, the tree, and who noticed, as an SVG document."""
        notice = self._notice
        said = f"Noticed by {notice.by}: {notice.said}" if notice else "Nobody notices."
        return self._draw(f"{', '.join(self.on) or 'no defence'}: {said}", repr(self))

    def still(self) -> dict[str, str]:
        """What was done, without who noticed: that is the task."""
        words = f"TamperLab({self._what})"
        return described(self._draw("Who notices?", words), words)

    def _draw(self, said: str, words: str) -> str:
        now = self._now
        return draw(self.title, self._what, changes(now), tree(now), said, words)

    @traitlets.validate("attack")
    def _check_attack(self, proposal: Any) -> str:
        if proposal["value"] not in {name for name, _ in self._attacks}:
            raise InvalidInput("attack", f"{proposal['value']!r} was not made")
        return str(proposal["value"])

    @traitlets.validate("on")
    def _check_on(self, proposal: Any) -> list[str]:
        if not {*proposal["value"]} <= {*DEFENCES}:
            raise InvalidInput("on", f"must be of {', '.join(DEFENCES)}")
        return [name for name in DEFENCES if name in proposal["value"]]


def _packed(one: Attacked) -> dict[str, Any]:
    return {
        "attack": one.attack,
        "rehash": one.rehash,
        "place": one.place,
        "statements": one.statements,
        "refused": one.refused,
        "changes": changes(one),
        "tree": tree(one),
        "noticed": [
            {
                "on": sorted(on, key=DEFENCES.index),
                "notice": notice and {"by": notice.by, "said": notice.said, "exact": notice.exact},
                "left": one.not_checked[on],
            }
            for on, notice in one.noticed.items()
        ],
    }

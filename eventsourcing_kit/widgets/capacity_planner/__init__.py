"""How large a system has to be, with every setting at hand, and its lag after an outage."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import msgspec
import traitlets

from ...capacity import BOUNDS, System
from ...drawing.display import counted
from ...errors import InvalidInput
from ..base import Widget, static
from .picture import draw
from .words import bytes_text, number_text, percent_text

# What each setting is called, the ends of its slider, and whether that goes by factors. The field
# beside the slider takes all that a System takes.
SLIDERS: Final[dict[str, tuple[str, float, float, bool]]] = {
    "events_per_s": ("Events a second", 1, 10_000_000, True),
    "event_bytes": ("Bytes an event", 50, 20_000, True),
    "retention_days": ("Days kept", 1, 3_650, True),
    "streams": ("Streams", 100, 1_000_000_000, True),
    "skew": ("Skew (Zipf)", 0, 2, False),
    "replicas": ("Replicas", 1, 5, False),
    "partitions": ("Partitions", 1, 10_000, True),
    "appends_per_s": ("A partition stores / s", 100, 1_000_000, True),
    "folds_per_s": ("Its reader folds / s", 100, 1_000_000, True),
    "outage_s": ("Outage, seconds", 60, 604_800, True),
    "margin": ("Share left free", 0, 0.9, False),
}
WHOLE: Final = ("replicas", "partitions", "streams")


class CapacityPlanner(Widget):
    """Sliders for what a System is made of; what follows from it, and the lag after an outage.

    `settings` are those of `es.capacity.System` by name; they follow the browser and may be set.
    `system` is the System of them. The browser computes by the same formulae as `es.capacity`.

    Keys: Tab goes from setting to setting, the arrows change one.
    """

    _esm = static("frame.js", "plot.js", "capacity_planner/formulas.js", "capacity_planner/view.js")

    settings = traitlets.Dict().tag(sync=True)

    def __init__(self, system: System, *, title: str = "Capacity planner") -> None:
        """Begin with a system, as a rule with rates that were measured where it is to run."""
        fields = [
            {"name": name, "label": label, "slider": [low, high], "log": log,
             "bounds": BOUNDS[name], "whole": name in WHOLE}
            for name, (label, low, high, log) in SLIDERS.items()
        ]  # fmt: skip
        super().__init__(title=title, packed=msgspec.json.encode(fields), settings=asdict(system))

    def __repr__(self) -> str:
        system = self.system
        needed = system.partitions_needed
        return (
            f"CapacityPlanner({number_text(system.events_per_s)} events a second on "
            f"{counted(system.partitions, 'partition')}: {bytes_text(system.bytes_a_year)} a year, "
            f"the hottest partition gets {percent_text(system.hottest)}; it needs "
            f"{'more than can be' if needed is None else f'{needed:,}'})"
        )

    @property
    def system(self) -> System:
        """The settings as a System, which has all numbers."""
        return System(**self.settings)

    def picture(self) -> str:
        """The settings, what follows, and the lag, as an SVG document."""
        labels = {name: label for name, (label, *_) in SLIDERS.items()}
        return draw(self.title, self.system, labels, repr(self))

    @traitlets.validate("settings")
    def _check_settings(self, proposal: Any) -> dict[str, float | int]:
        given = proposal["value"]
        if set(given) != set(SLIDERS):
            raise InvalidInput("settings", f"must have each of {', '.join(SLIDERS)}")
        return asdict(System(**given))

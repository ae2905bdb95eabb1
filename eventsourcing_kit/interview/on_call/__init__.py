"""Incidents: published failures of event stores, projections and brokers, rebuilt small.

`page.py` has them in words (data/interview/incidents), the families of `scenes` let them happen on
a `Site`; `room.py` is the desk's room, `repair.py` judges what is to take the faulty code's
place. Each was reported of a real system, which the page names; only the idea is retold.
"""

from __future__ import annotations

from .page import Page, pages
from .repair import Repair
from .room import OnCall, state_of, undone
from .scene import Scene
from .scenes import SCENES

__all__ = ["SCENES", "OnCall", "Page", "Repair", "Scene", "pages", "state_of", "undone"]

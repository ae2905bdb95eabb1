"""Judge a store that somebody wrote, in any language, by its histories.

A program is asked in JSON lines, by several clients, and is killed meanwhile; what it said is
compared with what a store may say. The one history that is shown is the shortest that is broken.
The idea is that of Jepsen and of Maelstrom (Kingsbury): drive, break, and check the history.
"""

from __future__ import annotations

from .case import Case, Step, cost
from .generate import LAST_STAGE, cases
from .history import Broken, History, play, unexplained
from .judge import Verdict, judge
from .mistakes import MISTAKES
from .model import Model
from .program import Program, Spawned, command_of

__all__ = [
    "LAST_STAGE",
    "MISTAKES",
    "Broken",
    "Case",
    "History",
    "Model",
    "Program",
    "Spawned",
    "Step",
    "Verdict",
    "cases",
    "command_of",
    "cost",
    "judge",
    "play",
    "unexplained",
]

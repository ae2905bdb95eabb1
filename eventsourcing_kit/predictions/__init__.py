"""Predict, run, see: a prediction is made before its answer is in sight, and is kept.

    es.predict("the same", "another balance", "another date")

shows the choices. The next cell's results come folded, so that a notebook that nobody has run does
not answer its own questions; the choice is a PredictionMade in your journal, with the `notebook`,
the `choices` and what was `chosen`.
"""

from __future__ import annotations

import os
from pathlib import PurePath
from zlib import crc32

from .. import journal
from ..errors import InvalidInput
from ..widgets.prediction import Prediction
from .outcome import fold_the_next_cell

MOST = 9  # each has a number key


def predict(*choices: str) -> Prediction:
    """Ask for one of two to nine choices; what the next cell shows is folded until it is run.

    Raises InvalidInput for less, for more, for the same one twice, and for what is no text.
    """
    if not all(isinstance(choice, str) and choice.strip() for choice in choices):
        raise InvalidInput("choices", "must be texts that say something")
    if not 2 <= len(choices) <= MOST or len(set(choices)) < len(choices):
        raise InvalidInput("choices", f"must be two to {MOST} different texts")

    notebook = PurePath(os.environ.get("JPY_SESSION_NAME", "")).stem  # JupyterLab tells its kernels

    def keep(chosen: str) -> None:
        data = {"notebook": notebook, "choices": list(choices), "chosen": chosen}
        journal.record("PredictionMade", data, _stream_of(notebook, choices))

    shown = Prediction(choices, keep)
    fold_the_next_cell(shown)
    return shown


def _stream_of(notebook: str, choices: tuple[str, ...]) -> str:
    return f"prediction-{notebook or 'elsewhere'}-{crc32(repr(choices).encode()):08x}"

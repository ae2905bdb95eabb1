"""Progress bars for work that takes longer than a second."""

from __future__ import annotations

import os
from typing import Any

DELAY = 1.0  # seconds


def progress(**options: Any) -> Any:
    """A tqdm bar that shows after a second and goes when it is done.

    Its description is given here: `set_description`, like all that refreshes a bar, shows it at
    once, and a notebook folds away what comes behind fifty outputs of a cell.

    TQDM_DISABLE switches it off, in notebooks too, where tqdm's own reading of it does not reach.
    """
    from tqdm.auto import tqdm

    disable = os.environ.get("TQDM_DISABLE", "") not in ("", "0")
    return tqdm(disable=disable, delay=DELAY, leave=False, unit_scale=True, **options)

"""Progress bars for work that takes longer than a second."""

from __future__ import annotations

import os
from typing import Any


def progress(**options: Any) -> Any:
    """A tqdm bar that shows after a second and goes when it is done.

    TQDM_DISABLE switches it off, in notebooks too, where tqdm's own reading of it does not reach.
    """
    from tqdm.auto import tqdm

    disable = os.environ.get("TQDM_DISABLE", "") not in ("", "0")
    return tqdm(disable=disable, delay=1, leave=False, unit_scale=True, **options)

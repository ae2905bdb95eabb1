"""Where the real bank's files are, for the tests and for the notebooks that they run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from eventsourcing_kit.banking.berka import FOLDER_VARIABLE

BESIDE = Path(__file__).parents[2] / "shared" / "data" / "berka"
FOLDER = Path(os.environ.setdefault(FOLDER_VARIABLE, str(BESIDE)))  # kernels inherit it
MISSING = (
    f"needs the sample of 638 accounts of the PKDD'99 data; {FOLDER_VARIABLE} names its folder"
)


def has_sample() -> bool:
    """Whether the files are there, and are the sample: of other rows the figures would differ."""
    file = FOLDER / "trans.asc"
    return file.is_file() and file.stat().st_size == 1_584_668


needs_the_sample = pytest.mark.skipif(not has_sample(), reason=MISSING)

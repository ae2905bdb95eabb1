"""Where the real bank's files are, for the tests and for the notebooks that they run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from eventsourcing_kit.banking.berka import FOLDER_VARIABLE

BESIDE = Path(__file__).parents[2] / "shared" / "data" / "berka"
FOLDER = Path(os.environ.setdefault(FOLDER_VARIABLE, str(BESIDE)))  # kernels inherit it
MISSING = f"needs account.asc and trans.asc of the PKDD'99 data; set {FOLDER_VARIABLE}"

needs_the_sample = pytest.mark.skipif(not (FOLDER / "trans.asc").is_file(), reason=MISSING)

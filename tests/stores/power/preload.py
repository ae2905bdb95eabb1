"""disk.c, compiled when it is needed, and how a Python is started with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("disk.c")
ROOT = SOURCE.parents[3]


def library(folder: Path) -> Path:
    """The compiled library, in `folder`. Skips the test where there can be none."""
    if sys.platform != "linux":
        pytest.skip("the library that stands between a process and its disk is for Linux")
    compiler = shutil.which("cc")
    if compiler is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no C compiler `cc`: install gcc and libc6-dev")
        pytest.skip("no C compiler `cc` (install gcc and libc6-dev)")
    made = folder / "disk.so"
    command = [compiler, "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    done = subprocess.run(
        [*command, "-o", made, SOURCE, "-ldl", "-pthread"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return made


def start(
    library: Path | None,
    module: str,
    *arguments: object,
    folder: Path,
    journal: Path | None = None,
) -> subprocess.Popen[str]:
    """`python -m module arguments`; the library, if given, sees what it does in `folder`."""
    environment = dict(os.environ)
    if library is not None:
        environment |= {"LD_PRELOAD": str(library), "DISK_FOLDER": f"{folder}/"}
    if journal is not None:
        environment["DISK_JOURNAL"] = str(journal)
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.stores.power.{module}", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

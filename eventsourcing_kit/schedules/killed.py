"""Work in another process, which may be killed in the middle of it: a crash that is one.

An exception that stands for a crash leaves `finally` and open connections to do their part. A
process that is killed does nothing any more.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

from ..errors import InvalidInput

PROGRAM = "import sys, cloudpickle; cloudpickle.load(sys.stdin.buffer)()"
FAILED = 1  # with which Python ends after an exception


def killed(work: Callable[[], Any]) -> bool:
    """Do this work in another process: whether that was killed, or else came to the end of it.

    The work is carried there with what it uses, functions of a notebook too, but no connection.
    Raises InvalidInput if it ends with an exception, which is no crash.
    """
    import cloudpickle

    run = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(run, input=cloudpickle.dumps(work), capture_output=True, check=False)
    if done.returncode == FAILED:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise InvalidInput("work", f"ended with an exception: {said[-1] if said else ''}")
    return done.returncode != 0

"""How much memory this process took at its highest."""

from __future__ import annotations

import re
import sys
from pathlib import Path


def peak() -> int:
    """In bytes, as the system has seen it."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would also count what the process was forked from
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert found
        return int(found[1]) * 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024

"""A folder and the servers that live in it: both end with this process, however it ends."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from ..errors import ServerFailed
from . import keeper

PATIENCE = 30.0  # seconds for a server to answer after it was started
GLANCE = 0.02  # seconds from one look at it to the next


class Kept:
    """What a private server stands on: a folder, and a keeper that ends what was started here."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.folder = Path(tempfile.mkdtemp(prefix=f"eventsourcing-kit-{kind}-"))
        self._lock = threading.Lock()
        self._keeper = subprocess.Popen(
            [sys.executable, "-P", keeper.__file__, str(self.folder), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a Ctrl-C for the notebook is none for the servers
        )
        self._owner = os.getpid()
        atexit.register(self.close)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def start(
        self,
        name: str,
        argv: list[str],
        answers: Callable[[], bool],
        *,
        ending: int,
        **who: Any,
    ) -> psutil.Process:
        """Start a server and wait until it answers. Raises ServerFailed with the end of its log."""
        order = {"name": name, "argv": argv, "log": str(self.log(name)), "ending": ending, **who}
        answer = self._ask(order)
        if not isinstance(answer, int):
            raise ServerFailed(self.kind, name, str(answer))
        try:
            process = psutil.Process(answer)
        except psutil.NoSuchProcess:
            raise self._failed(name) from None
        until = time.monotonic() + PATIENCE
        while not answers():
            if not alive(process) or time.monotonic() > until:
                raise self._failed(name)
            time.sleep(GLANCE)
        return process

    def close(self) -> None:
        """End the servers and remove the folder. A second time does nothing."""
        if os.getpid() != self._owner or self._keeper.poll() is not None:
            return
        with contextlib.suppress(OSError):
            self._tell(None)
        self._keeper.wait()
        for pipe in (self._keeper.stdin, self._keeper.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()
        atexit.unregister(self.close)

    def _ask(self, order: dict[str, Any]) -> Any:
        assert self._keeper.stdout is not None
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._tell(order)
            return json.loads(self._keeper.stdout.readline())
        raise ServerFailed(self.kind, order["name"], "its keeper has ended; start a new one")

    def _tell(self, order: Any) -> None:
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(json.dumps(order) + "\n")
        self._keeper.stdin.flush()

    def _failed(self, name: str) -> ServerFailed:
        with contextlib.suppress(OSError):
            said = self.log(name).read_text("utf-8", "replace").strip().splitlines()[-5:]
            return ServerFailed(self.kind, name, "\n".join(said) or "it said nothing")
        return ServerFailed(self.kind, name, "it said nothing")


def alive(process: psutil.Process | None) -> bool:
    """Whether it runs; what is dead and not yet buried does not."""
    with contextlib.suppress(psutil.Error):
        return (
            process is not None
            and process.is_running()
            and process.status() != psutil.STATUS_ZOMBIE
        )
    return False


def kill(process: psutil.Process) -> None:
    """End a process and all that it has started at once, as a power switch would. Returns then."""
    with contextlib.suppress(psutil.Error):
        family = [process, *process.children(recursive=True)]
        for one in family:
            with contextlib.suppress(psutil.Error):
                one.kill()
        gone(family)


def gone(family: list[psutil.Process]) -> None:
    """Return when all have ended and the first is buried, for until then its number is taken.

    Its children the system buries when it likes. Raises psutil.TimeoutExpired after half a minute.
    """
    until = time.monotonic() + PATIENCE
    while any(map(alive, family)) or psutil.pid_exists(family[0].pid):
        if time.monotonic() > until:
            raise psutil.TimeoutExpired(PATIENCE)
        time.sleep(GLANCE)


def pause(process: psutil.Process) -> None:
    """Let a process stand still. Returns when it does: the signal alone takes a moment."""
    with contextlib.suppress(psutil.Error):
        process.suspend()
        while os.name == "posix" and alive(process) and process.status() != psutil.STATUS_STOPPED:
            time.sleep(GLANCE)

"""The process that owns a session's servers, and ends them when the session has ended.

It is started as a script, with a folder and the number of the process to watch; each line that it
reads names a server to start. A killed session cannot end anything, so somebody else has to.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from typing import Any

import psutil

GLANCE = 0.1  # seconds from one look at the session to the next
PATIENCE = 5.0  # seconds for a server to end when it is asked to


class Keeper:
    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.servers: dict[str, tuple[subprocess.Popen[bytes], int]] = {}
        self.lock = threading.Lock()

    def start(self, name: str, argv: list[str], log: str, ending: int, **who: Any) -> int:
        """Start a server; the number of its process. `ending` is the signal that ends it."""
        with self.lock, open(log, "ab") as out:
            server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **who)
            self.servers[name] = server, ending
        return server.pid

    def watch(self, session: psutil.Process) -> None:
        """Return when the session has ended; until then, bury what has died."""
        while session.is_running() and session.status() != psutil.STATUS_ZOMBIE:
            for server, _ in list(self.servers.values()):
                server.poll()
            time.sleep(GLANCE)

    def end(self) -> None:
        """End the servers, politely and then not, and remove the folder."""
        with self.lock:
            tree = [process for server, _ in self.servers.values() for process in family(server)]
            for server, ending in self.servers.values():
                if server.poll() is None:
                    server.send_signal(ending)
            for process in tree:  # a paused one hears nothing until it goes on
                with contextlib.suppress(psutil.Error):
                    process.resume()
            for server, _ in self.servers.values():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    server.wait(PATIENCE)
            for process in tree:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            for server, _ in self.servers.values():
                server.wait()
            psutil.wait_procs(tree, PATIENCE)
            shutil.rmtree(self.folder, ignore_errors=True)
            os._exit(0)


def family(server: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """A server's process and all that it has started."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(server.pid)
        return [*process.children(recursive=True), process]
    return []


def main(folder: str, session: int) -> None:
    """Start what is asked for until that process ends, or asks for nothing."""
    keeper = Keeper(folder)

    def watch() -> None:
        with contextlib.suppress(psutil.Error):
            keeper.watch(psutil.Process(session))
        keeper.end()

    threading.Thread(target=watch, daemon=True).start()
    for line in sys.stdin:
        order = json.loads(line)
        if not order:
            break
        try:
            answer: Any = keeper.start(**order)
        except OSError as error:
            answer = str(error)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    keeper.end()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

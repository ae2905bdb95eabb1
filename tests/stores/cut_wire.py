"""A wire to a server that can be cut at the worst moment: asked and done, and not answered."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path


class Wire:
    """Passes on what a client of PostgreSQL says and hears; `port` is the client's end."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._marker: bytes | None = None
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_after(self, marker: bytes) -> None:
        """The answer to the next words that have these in them is lost, and the wire is dead."""
        self._marker = marker

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._server))
                lost = threading.Event()
                for work in (self._ask, self._answer):
                    threading.Thread(target=work, args=(client, server, lost), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError):
            while words := client.recv(1 << 16):
                if self._marker is not None and self._marker in words:
                    self._marker = None
                    lost.set()
                server.sendall(words)
        _end(server)

    def _answer(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError):
            while words := server.recv(1 << 16):
                if lost.is_set():  # the server answers a commit when it is done
                    self.cuts += 1
                    break
                client.sendall(words)
        _end(server)
        _end(client)


def _end(wire: socket.socket) -> None:
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()

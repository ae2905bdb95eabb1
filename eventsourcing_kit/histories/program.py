"""A program in a process of its own that answers JSON lines, and that is killed on purpose."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Protocol

from ..errors import InvalidInput
from . import runner

PATIENCE = 5.0  # seconds for a reply
LONGEST_REPLY = 1_000_000  # characters

Request = Mapping[str, Any]
Reply = Mapping[str, Any]


class Failed(Exception):
    """The program ended by itself, said nothing, or said something that is no reply."""


class Program(Protocol):
    """What a case is played on. `folder` is kept through a kill; nothing else is."""

    folder: Path

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """Send all at one time; the replies in the order of the requests. Raises Failed; a
        program that dies where it was told to gives no replies."""
        ...

    def kill(self) -> None:
        """Kill it, as SIGKILL does."""
        ...

    def close(self) -> None:
        """Kill it, and take its folder away."""
        ...


class Spawned:
    """A program that is started at once, and again when it is asked after a kill.

    Raises InvalidInput where it cannot be started.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._place = TemporaryDirectory(prefix="eventsourcing-kit-", ignore_cleanup_errors=True)
        self.folder = Path(self._place.name) / "kept"
        self.folder.mkdir()
        self._process: subprocess.Popen[bytes] | None = None
        self._start()

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """See Program."""
        process = self._process or self._start()
        assert process.stdin is not None
        with suppress(OSError):  # it has ended; why, is told where its reply is missing
            process.stdin.write(b"".join(_line(request) for request in requests))
            process.stdin.flush()
        heard: dict[Any, Reply] = {}
        while len(heard) < len(requests):
            reply = self._reply()
            if reply is None:
                if any("dies" in request for request in requests):
                    return []
                raise Failed(f"The program ended by itself{self._last_words()}")
            heard[reply.get("call")] = reply
        try:
            return [heard[request["call"]] for request in requests]
        except KeyError:
            raise Failed("A reply has another `call` than its request.") from None

    def kill(self) -> None:
        """See Program."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._reader.join(1)  # which ends with the pipe, unless a child of its own holds that
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):  # what was not sent any more
                    assert pipe is not None
                    pipe.close()
            self._process = None

    def close(self) -> None:
        """See Program."""
        self.kill()
        self._place.cleanup()

    def _start(self) -> subprocess.Popen[bytes]:
        with (Path(self._place.name) / "errors").open("wb") as errors:
            try:
                self._process = subprocess.Popen(
                    [*self._command, str(self.folder)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    start_new_session=True,  # an interrupt of the notebook is not its own
                )
            except OSError as error:
                self._place.cleanup()
                raise InvalidInput("program", f"cannot be started: {error}") from None
        self._lines: Queue[bytes] = Queue()
        self._reader = Thread(target=_read, args=(self._process, self._lines), daemon=True)
        self._reader.start()
        return self._process

    def _reply(self) -> Reply | None:
        """The next reply; None at the end of all."""
        try:
            line = self._lines.get(timeout=PATIENCE)
        except Empty:
            self.kill()
            said = "Does it flush what it writes to standard output?"
            raise Failed(f"No reply came in {PATIENCE:g} seconds. {said}") from None
        if not line:
            self.kill()
            return None
        try:
            reply = json.loads(line[:LONGEST_REPLY])
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            shown = line[:80].decode(errors="replace").strip()
            raise Failed(f"A line on standard output is no JSON object: {shown}")
        return reply

    def _last_words(self) -> str:
        path = Path(self._place.name) / "errors"
        said = path.read_text("utf-8", "replace").strip().splitlines() if path.exists() else []
        return f": {said[-1][:200]}" if said else "."


def command_of(program: str | Path | Sequence[str]) -> list[str]:
    """How a program is run: a file in Python or JavaScript by its suffix, or a whole command.

    Raises InvalidInput for a file that is not there, and for one of another kind.
    """
    if not isinstance(program, str | Path):
        return [str(part) for part in program]
    path = Path(program).resolve()
    if not path.is_file():
        raise InvalidInput("program", f"there is no file {program}; make it, and judge again")
    if path.suffix in (".py", ".pickle"):
        return [sys.executable, "-B", runner.__file__, str(path)]
    if path.suffix in (".js", ".mjs", ".cjs"):
        return ["node", str(path)]
    raise InvalidInput("program", f'how is {path.name} run? Give its command, ["ruby", "store.rb"]')


def _line(request: Request) -> bytes:
    return json.dumps(request).encode() + b"\n"


def _read(process: subprocess.Popen[bytes], lines: Queue[bytes]) -> None:
    assert process.stdout is not None
    try:
        for line in process.stdout:
            lines.put(line)
    except (OSError, ValueError):  # closed while it was read
        pass
    lines.put(b"")

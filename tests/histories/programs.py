"""Right stores and wrong ones: each wrong one is the right one with a mistake put in."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType, SimpleNamespace
from typing import Any

from eventsourcing_kit.histories import runner
from eventsourcing_kit.interview.corpus import folder as bank

EXAMPLES = bank() / "live_build"
RIGHT = (EXAMPLES / "store.py").read_text("utf-8")


@dataclass(frozen=True)
class Wrong:
    """A mistake in the right store: what is there, and what instead; which is met at a stage.

    `killed`: it shows only when a process is killed, so it has to be one.
    """

    stage: int
    mistake: str
    changes: tuple[tuple[str, str], ...]
    killed: bool = False

    @property
    def source(self) -> str:
        """The whole program."""
        text = RIGHT
        for there, instead in self.changes:
            assert text.count(there) == 1, there
            text = text.replace(there, instead)
        return text


CHECK = "if expected is not None and expected != version:"
KNOWN = """        if command_id in self.commands:
            return self.commands[command_id]
"""
WRITTEN = """        self.log.write(json.dumps(entry).encode() + b"\\n")
"""
FLUSHED = """        self.log.flush()
        os.fsync(self.log.fileno())
"""
ONE_FILE = RIGHT[RIGHT.index('        beside = self.folder / "view.new"') :].split("    def ")[0]
TWO_FILES = """        (self.folder / "{}.json").write_text(json.dumps(self.view["{}"]))
        (self.folder / "{}.json").write_text(json.dumps(self.view["{}"]))

"""
READ_TWO = """        for name in self.view:
            kept = self.folder / f"{name}.json"
            text = kept.read_text() if kept.exists() else ""
            self.view[name] = json.loads(text) if text else self.view[name]
"""
READ_ONE = """        if (self.folder / "view.json").exists():
            self.view = json.loads((self.folder / "view.json").read_text())
"""
NEW_ONLY = 'if event["position"] > checkpoint:'


def two_files(first: str, second: str) -> tuple[tuple[str, str], ...]:
    return (ONE_FILE, TWO_FILES.format(first, first, second, second)), (READ_ONE, READ_TWO)


WRONG = {
    "versions from 0": Wrong(
        1,
        "FromZero",
        (("len(stored) + 1", "len(stored)"), ("= len(stored)\n", "= len(stored) - 1\n")),
    ),
    "one version an append": Wrong(
        1,
        "OneVersionAnAppend",
        (
            (
                "        for event in entry",
                "        at = stored[-1]['version'] + 1 if stored else 1\n"
                "        for event in entry",
            ),
            ("len(stored) + 1", "at"),
            ("= len(stored)\n", "= at\n"),
        ),
    ),
    "answers the first": Wrong(
        1, "AnswersTheFirst", (("= len(stored)\n", "= len(stored) - len(entry['events']) + 1\n"),)
    ),
    "one count for all streams": Wrong(
        1,
        "OneCountForAll",
        (
            ("len(stored) + 1", "sum(map(len, self.streams.values())) + 1"),
            ("= len(stored)\n", "= sum(map(len, self.streams.values()))\n"),
            ("len(self.read(stream))", "sum(map(len, self.streams.values()))"),
        ),
    ),
    "newest first": Wrong(
        1,
        "NewestFirst",
        (("return self.streams.get(stream, [])", "return self.streams.get(stream, [])[::-1]"),),
    ),
    "in memory": Wrong(1, "Forgets", ((WRITTEN + FLUSHED, ""),)),
    "acknowledged before it is written": Wrong(1, "Forgets", ((FLUSHED, ""),), killed=True),
    "part of an append after a crash": Wrong(
        1,
        "KeepsAPart",
        (
            (
                WRITTEN,
                """        for event in events:
            line = json.dumps({**entry, "events": [event]})
            self.log.write(line.encode() + b"\\n")
""",
            ),
        ),
    ),
    "no way back from half a line": Wrong(
        1,
        "",
        (
            (
                '            if not line.endswith(b"\\n"):\n                break',
                "            if not line:\n                break",
            ),
        ),
        killed=True,
    ),
    "lost update": Wrong(2, "ExpectsNothing", ((CHECK, "if False:"),)),
    "0 is nothing": Wrong(2, "ZeroIsNothing", ((CHECK, "if expected and expected != version:"),)),
    "only who is late": Wrong(
        2, "OnlyTheStale", ((CHECK, "if expected is not None and expected < version:"),)
    ),
    "any is 0": Wrong(1, "AnyIsZero", ((CHECK, "if (expected or 0) != version:"),)),
    "gap after a conflict": Wrong(
        2,
        "AVersionForTheRefused",
        (
            ("        self.streams = {}\n", "        self.streams = {}\n        self.gaps = {}\n"),
            (
                CHECK + "\n",
                CHECK
                + "\n            self.gaps[stream] = self.gaps.get(stream, 0) + len(events)\n",
            ),
            ("len(stored) + 1", "len(stored) + 1 + self.gaps.get(entry['stream'], 0)"),
            ("= len(stored)\n", "= len(stored) + self.gaps.get(entry['stream'], 0)\n"),
            ("len(self.read(stream))", "len(self.read(stream)) + self.gaps.get(stream, 0)"),
        ),
    ),
    "conflict after storing": Wrong(
        2,
        "StoresWhatItRefuses",
        (
            (
                CHECK + "\n",
                CHECK
                + "\n            self.take(dict(id=command_id, stream=stream, events=events))\n",
            ),
        ),
    ),
    "conflict with what was expected": Wrong(
        2, "ConflictSaysExpected", (("raise Conflict(version)", "raise Conflict(expected)"),)
    ),
    "withdrawals added": Wrong(
        3, "AddsWithdrawals", (('"MoneyWithdrawn": -1', '"MoneyWithdrawn": 1'),)
    ),
    "withdrawals left out": Wrong(3, "DepositsOnly", ((', "MoneyWithdrawn": -1', ""),)),
    "all streams in one balance": Wrong(
        3,
        "FoldsAll",
        (
            (
                "for event in self.read(stream))",
                "for events in self.streams.values() for event in events)",
            ),
        ),
    ),
    "a type that it does not know": Wrong(
        3,
        "",
        (
            (
                'signs.get(event["type"], 0) * event["data"].get("amount", 0)',
                'signs[event["type"]] * event["data"]["amount"]',
            ),
        ),
    ),
    "counted again": Wrong(4, "CountsAgain", ((NEW_ONLY, "if True:"),)),
    "left out whole": Wrong(
        4, "LeavesOutTheWhole", ((NEW_ONLY, 'if events[0]["position"] > self.view["checkpoint"]:'),)
    ),
    "balances in memory": Wrong(
        4,
        "BalancesForgotten",
        (
            (
                "            json.dump(self.view, file)",
                '            json.dump({**self.view, "balances": {}}, file)',
            ),
        ),
    ),
    "checkpoint in memory": Wrong(
        4,
        "CheckpointForgotten",
        (
            (
                "            json.dump(self.view, file)",
                '            json.dump({**self.view, "checkpoint": 0}, file)',
            ),
        ),
    ),
    "checkpoint before its effect": Wrong(
        4, "CheckpointFirst", two_files("checkpoint", "balances"), killed=True
    ),
    "effect before its checkpoint": Wrong(
        4, "EffectFirst", two_files("balances", "checkpoint"), killed=True
    ),
    "doubled on retry": Wrong(5, "StoresAgain", ((KNOWN, ""),)),
    "conflict with itself": Wrong(
        5,
        "RefusesItsOwn",
        (
            (KNOWN, ""),
            (
                "            raise Conflict(version)\n",
                "            raise Conflict(version)\n" + KNOWN,
            ),
        ),
    ),
    "answered with now": Wrong(
        5,
        "AnswersWithNow",
        (
            (
                "            return self.commands[command_id]\n",
                "            return len(self.read(stream))\n",
            ),
        ),
    ),
    "commands in memory": Wrong(
        5,
        "ForgetsCommands",
        (
            (
                "            self.take(json.loads(line))\n",
                "            self.take(json.loads(line))\n        self.commands = {}\n",
            ),
        ),
    ),
}


class Inside:
    """A program in this process: fast, and killed by being let go of."""

    def __init__(self, source: str) -> None:
        self._code = compile(source, "store.py", "exec")
        self._place = TemporaryDirectory(ignore_cleanup_errors=True)
        self.folder = Path(self._place.name)
        self._store: Any = None

    def ask(self, requests: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        if self._store is None:
            module = ModuleType("store")
            try:
                exec(self._code, module.__dict__)
                module.__dict__["os"] = SimpleNamespace(fsync=lambda file: None)  # kills no power
                self._store = runner.opened(module, str(self.folder))
            except Exception as error:
                from eventsourcing_kit.histories.program import Failed

                raise Failed(f"The program ended by itself: {error}") from None
        return [runner.answer(self._store, dict(request)) for request in requests]

    def kill(self) -> None:
        if self._store is not None and hasattr(self._store, "log"):
            self._store.log.close()
        self._store = None

    def close(self) -> None:
        self.kill()
        self._place.cleanup()


def python(source: str, folder: Path) -> list[str]:
    """The command that runs a source as a program."""
    path = folder / "store.py"
    path.write_text(source, encoding="utf-8")
    return [sys.executable, "-B", runner.__file__, str(path)]


# --- another style, and another language ---------------------------------------------------------

FUNCTIONS = '''
"""Functions, and SQL: what is in one transaction is there as a whole, or not."""

import json
import sqlite3


class WrongExpectedVersion(Exception):
    def __init__(self, expected, actual):
        super().__init__(f"expected {expected}, is {actual}")
        self.actual = actual


def start(folder):
    global db
    db = sqlite3.connect(f"{folder}/store.db", isolation_level=None)
    db.executescript("""
        CREATE TABLE IF NOT EXISTS events (
            stream TEXT, version INTEGER, type TEXT, data TEXT, PRIMARY KEY (stream, version));
        CREATE TABLE IF NOT EXISTS commands (id TEXT PRIMARY KEY, version INTEGER);
        CREATE TABLE IF NOT EXISTS sums (stream TEXT PRIMARY KEY, balance INTEGER);
        CREATE TABLE IF NOT EXISTS done (position INTEGER PRIMARY KEY);
    """)


def append(stream, events, expected, id):
    with transaction():
        known = db.execute("SELECT version FROM commands WHERE id = ?", [id]).fetchone()
        if known:
            return known[0]
        [version] = db.execute(
            "SELECT count(*) FROM events WHERE stream = ?", [stream]).fetchone()
        if expected not in (None, version):
            raise WrongExpectedVersion(expected, version)
        for number, event in enumerate(events, version + 1):
            row = [stream, number, event["type"], json.dumps(event["data"])]
            db.execute("INSERT INTO events VALUES (?, ?, ?, ?)", row)
        db.execute("INSERT INTO commands VALUES (?, ?)", [id, version + len(events)])
        return version + len(events)


def read(stream):
    rows = db.execute(
        "SELECT version, type, data FROM events WHERE stream = ? ORDER BY version", [stream])
    return [dict(version=v, type=t, data=json.loads(d)) for v, t, d in rows]


def balance(stream):
    total = 0
    for event in read(stream):
        if event["type"] == "MoneyDeposited":
            total += event["data"]["amount"]
        elif event["type"] == "MoneyWithdrawn":
            total -= event["data"]["amount"]
    return total


def project(events):
    with transaction():
        for event in events:
            new = db.execute("INSERT OR IGNORE INTO done VALUES (?)", [event["position"]])
            if not new.rowcount:
                continue
            amount = event["data"]["amount"] * (1 if event["type"] == "MoneyDeposited" else -1)
            db.execute("INSERT OR IGNORE INTO sums VALUES (?, 0)", [event["stream"]])
            db.execute("UPDATE sums SET balance = balance + ? WHERE stream = ?",
                       [amount, event["stream"]])


def balances():
    return dict(db.execute("SELECT stream, balance FROM sums"))


class transaction:
    def __enter__(self):
        db.execute("BEGIN")

    def __exit__(self, kind, *_):
        db.execute("ROLLBACK" if kind else "COMMIT")
'''

RIGHT_JS = (EXAMPLES / "store.js").read_text("utf-8")
RACE_JS = RIGHT_JS
for there, instead in (
    ("  append({", "  async append({"),
    ("    keep(logPath", "    await new Promise((done) => setImmediate(done));\n    keep(logPath"),
    ('"line", (line)', '"line", async (line)'),
    ("...answer(request)", "...(await answer(request))"),
):
    assert RACE_JS.count(there) == 1, there
    RACE_JS = RACE_JS.replace(there, instead)

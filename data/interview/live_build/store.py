"""A right store in Python: every line of `log.jsonl` is an append, whole or not there."""

import json
import os
from pathlib import Path


class Conflict(Exception):
    """The stream is at another version than the writer expected; it is the argument."""


class Store:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.streams = {}
        self.commands = {}
        self.log = (self.folder / "log.jsonl").open("a+b")
        self.log.seek(0)
        whole = 0  # bytes up to the end of the last whole line
        for line in self.log:
            if not line.endswith(b"\n"):
                break  # a crash cut it: nobody was told that it is stored
            whole += len(line)
            self.take(json.loads(line))
        self.log.truncate(whole)
        self.view = {"checkpoint": 0, "balances": {}}
        if (self.folder / "view.json").exists():
            self.view = json.loads((self.folder / "view.json").read_text())

    # --- append and read, expected version, retry

    def append(self, stream, events, expected, command_id):
        if command_id in self.commands:
            return self.commands[command_id]
        version = len(self.read(stream))
        if expected is not None and expected != version:
            raise Conflict(version)
        entry = {"id": command_id, "stream": stream, "events": events}
        self.log.write(json.dumps(entry).encode() + b"\n")
        self.log.flush()
        os.fsync(self.log.fileno())
        self.take(entry)
        return self.commands[command_id]

    def take(self, entry):
        stored = self.streams.setdefault(entry["stream"], [])
        for event in entry["events"]:
            stored.append({"version": len(stored) + 1, **event})
        self.commands[entry["id"]] = len(stored)

    def read(self, stream):
        return self.streams.get(stream, [])

    # --- the fold

    def balance(self, stream):
        return sum(amount(event) for event in self.read(stream))

    # --- the projection: its balances and its checkpoint are one file, renamed into its place

    def project(self, events):
        balances = dict(self.view["balances"])
        checkpoint = self.view["checkpoint"]
        for event in events:
            if event["position"] > checkpoint:
                checkpoint = event["position"]
                balances[event["stream"]] = balances.get(event["stream"], 0) + amount(event)
        self.view = {"checkpoint": checkpoint, "balances": balances}
        beside = self.folder / "view.new"
        with beside.open("w") as file:
            json.dump(self.view, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.folder / "view.json")

    def balances(self):
        return self.view["balances"]


def amount(event):
    """What an event adds to the balance, in minor units."""
    signs = {"MoneyDeposited": 1, "MoneyWithdrawn": -1}
    return signs.get(event["type"], 0) * event["data"].get("amount", 0)

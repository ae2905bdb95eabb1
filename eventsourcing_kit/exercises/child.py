"""The process in which an answer is tried: `python -m eventsourcing_kit.exercises.child FOLDER`.

It reads the file `task` and writes the file `verdict`. A watchdog writes `stack` and ends the
process when one run of the answer takes too long, even in a loop inside Python's own C code.
"""

from __future__ import annotations

import faulthandler
import pickle
import sys
from importlib import import_module
from pathlib import Path

import msgspec


def main(folder: Path) -> None:
    """Judge the answer of the task in `folder`."""
    module, name, answer, seconds = pickle.loads((folder / "task").read_bytes())
    exercise = import_module(module).CHAPTER[name]
    with (folder / "stack").open("w") as stack:

        def watch() -> None:
            faulthandler.dump_traceback_later(seconds, exit=True, file=stack)

        verdict = exercise.judge(answer, watch)
        faulthandler.cancel_dump_traceback_later()
    written = folder / "verdict.part"
    written.write_bytes(msgspec.json.encode(verdict))
    written.replace(folder / "verdict")  # whole, or not there


if __name__ == "__main__":
    main(Path(sys.argv[1]))

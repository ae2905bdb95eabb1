"""The process that tests/integrity/test_kill.py kills: it erases Ada, and dies at a given point.

python -m tests.integrity.eraser FOLDER POINT
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from eventsourcing_kit.integrity import personal_keys as keys
from eventsourcing_kit.integrity.vault import LEDGER, Vault
from tests.integrity.bank import ADA, REQUEST, open_vault


def die(*_: Any) -> Any:
    """As by kill -9: nothing is closed, flushed or said."""
    os.kill(os.getpid(), signal.SIGKILL)


def overwrite_and_die(path: Any) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    keys.overwrite(descriptor)
    die()


def destroy_alone(vault: Vault) -> None:
    """The other order, which `erase` never takes: as after a restore of older events."""
    record = {**REQUEST, "occurred_at": "2026-01-02T03:04:05+00:00"}
    vault.keys.destroy(ADA, record)
    die()


def arm(point: str, vault: Vault) -> None:
    """Put death in the place of what comes at that point."""
    if point == "before the event":
        setattr(vault.inner, "append", die)  # noqa: B010 - past the type checker
    elif point == "after the event, before the key":
        setattr(keys.Keys, "destroy", die)  # noqa: B010
    elif point == "after the record, before the key's bytes":
        setattr(keys, "overwrite_and_delete", die)  # noqa: B010
    elif point == "after the key's bytes, before its file":
        setattr(keys, "overwrite_and_delete", overwrite_and_die)  # noqa: B010
    elif point == "after the key, before the event":
        destroy_alone(vault)
    else:
        raise ValueError(point)


if __name__ == "__main__":
    with open_vault(Path(sys.argv[1])) as vault:
        arm(sys.argv[2], vault)
        vault.erase(ADA, **REQUEST)
        raise AssertionError(f"it should have died, and noted {vault.inner.read_stream(LEDGER)}")

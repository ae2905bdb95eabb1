"""Killed in mid-erasure: who opens the vault next completes it; or it had not begun."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from eventsourcing_kit.errors import ErasedPerson
from eventsourcing_kit.integrity.vault import ERASED
from tests.integrity.bank import ADA, BOB, NAME, REQUEST, fill, open_vault, state

POINTS = [
    "after the event, before the key",
    "after the record, before the key's bytes",
    "after the key's bytes, before its file",
    "after the key, before the event",
]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX systems")


@pytest.fixture
def key(tmp_path: Path) -> bytes:
    """Ada's key, in a vault with two customers that is closed."""
    with open_vault(tmp_path) as vault:
        fill(vault)
        key = vault.keys.find(ADA)
        assert key is not None
        return key


def erase_and_die(folder: Path, point: str) -> None:
    program = [sys.executable, "-m", "tests.integrity.eraser", str(folder), point]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120)
    assert done.returncode == -9, done.stderr


@pytest.mark.parametrize("point", POINTS)
def test_an_erasure_that_was_cut_short_is_completed(tmp_path: Path, key: bytes, point: str) -> None:
    erase_and_die(tmp_path, point)
    for _ in range(2):  # once is enough, and twice does no harm
        with open_vault(tmp_path) as vault:
            assert state(vault, ADA).owner == ERASED
            assert state(vault, BOB).owner == "Bob"
            [noted] = vault.erasures()
            assert noted.data == {"person": ADA, **REQUEST}
            with pytest.raises(ErasedPerson):
                vault.keys.find(ADA)
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert not [path.name for path in files if key in path.read_bytes()]
        assert len(list((tmp_path / "keys").glob("*.key"))) == 1, "Bob's"


def test_an_erasure_that_was_not_noted_has_not_begun(tmp_path: Path, key: bytes) -> None:
    erase_and_die(tmp_path, "before the event")
    with open_vault(tmp_path) as vault:
        assert state(vault, ADA).owner == NAME
        assert vault.erasures() == []
        assert vault.keys.find(ADA) == key

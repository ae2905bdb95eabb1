"""The folder of keys: one a person, the same for everybody, and gone for good once destroyed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eventsourcing_kit.errors import ErasedPerson, InvalidInput, KeyMissing, StoreError
from eventsourcing_kit.integrity.vault import Keys

RECORD = {"by": "dpo", "reason": "withdrew consent", "request": "R-1"}


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


def contents(folder: Path) -> bytes:
    """The bytes of all files, with their names."""
    return b"".join(path.name.encode() + path.read_bytes() for path in folder.iterdir())


def test_a_key_is_made_once_and_kept(keys: Keys) -> None:
    assert keys.find("ada") is None
    key = keys.find_or_make("ada")
    assert len(key) == 32
    assert keys.find_or_make("ada") == key == Keys(keys.folder).find("ada")
    assert keys.find_or_make("bob") != key


def test_many_who_ask_first_get_the_same_key(keys: Keys) -> None:
    with ThreadPoolExecutor(16) as pool:
        several = [Keys(keys.folder) for _ in range(16)]
        assert len(set(pool.map(lambda one: one.find_or_make("ada"), several))) == 1


def test_processes_that_ask_at_once_get_the_same_key(keys: Keys) -> None:
    program = (
        "import sys; from eventsourcing_kit.integrity.vault import Keys;"
        "keys = Keys(sys.argv[1]); print('ready', flush=True); sys.stdin.readline();"
        "print(*(keys.find_or_make(str(n)).hex() for n in range(50)))"
    )
    arguments = [sys.executable, "-c", program, str(keys.folder)]
    pipe = subprocess.PIPE
    several = [subprocess.Popen(arguments, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
    for one in several:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in several:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    assert len({one.communicate(timeout=60)[0] for one in several}) == 1


def test_a_destroyed_key_is_in_no_file_and_comes_never_again(keys: Keys) -> None:
    key = keys.find_or_make("ada")
    assert key in contents(keys.folder)
    keys.destroy("ada", RECORD)
    assert key not in contents(keys.folder)
    for call in (keys.find, keys.find_or_make, Keys(keys.folder).find_or_make):
        with pytest.raises(ErasedPerson, match="'ada' was erased"):
            call("ada")


def test_the_bytes_are_overwritten_where_they_lie(keys: Keys) -> None:
    """Who holds the file open still, as an undeleted block would, sees zeros."""
    key = keys.find_or_make("ada")
    [path] = keys.folder.glob("*.key")
    with path.open("rb") as still_open:
        assert still_open.read() == key
        keys.destroy("ada", RECORD)
        still_open.seek(0)
        assert still_open.read() == bytes(32)


def test_an_erasure_says_why_and_the_first_one_counts(keys: Keys) -> None:
    keys.find_or_make("ada")
    keys.destroy("ada", RECORD)
    keys.destroy("ada", {**RECORD, "request": "R-2"})
    keys.destroy("bob", RECORD)  # who never had a key, and never gets one
    assert {one["person"]: one["request"] for one in keys.erasures()} == {
        "ada": "R-1",
        "bob": "R-1",
    }


def test_a_key_that_a_backup_brings_back_is_not_used_and_can_be_destroyed(
    keys: Keys, tmp_path: Path
) -> None:
    key = keys.find_or_make("ada")
    shutil.copytree(keys.folder, tmp_path / "backup")
    keys.destroy("ada", RECORD)
    shutil.copytree(tmp_path / "backup", keys.folder, dirs_exist_ok=True)
    with pytest.raises(ErasedPerson):
        keys.find("ada")
    keys.destroy("ada", RECORD)
    assert key not in contents(keys.folder)


def test_names_of_files_say_nothing_of_people(keys: Keys) -> None:
    keys.find_or_make("../../ada/lovelace")
    assert "ada" not in " ".join(os.listdir(keys.folder))


@pytest.mark.skipif(sys.platform == "win32", reason="modes are those of POSIX systems")
def test_nobody_else_may_look(keys: Keys) -> None:
    keys.find_or_make("ada")
    assert keys.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in keys.folder.glob("*.key")} == {0o600}


def test_damage_is_named(keys: Keys) -> None:
    keys.find_or_make("ada")
    [path] = keys.folder.glob("*.key")
    path.write_bytes(b"short")
    with pytest.raises(KeyMissing, match="5 bytes"):
        keys.find("ada")
    keys.destroy("bob", RECORD)
    [gone] = keys.folder.glob("*.gone")
    for text in ("", "[1]", "{}", '{"person": "somebody else"}'):
        gone.write_text(text)
        with pytest.raises(KeyMissing, match="damaged record"):
            keys.erasures()


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for wrong in (tmp_path / "file", ":memory:", "", None):
        with pytest.raises(InvalidInput):
            Keys(wrong)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="No such file"):
        Keys(tmp_path / "none" / "keys")


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="the system cannot refuse links")
def test_no_other_file_is_overwritten_through_a_link(keys: Keys, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    keys.find_or_make("ada")
    [path] = keys.folder.glob("*.key")
    path.unlink()
    path.symlink_to(victim)
    with pytest.raises(StoreError):
        keys.destroy("ada", RECORD)
    assert victim.read_text() == "precious"

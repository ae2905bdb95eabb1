"""A store's files are cut, changed, lost or mixed up: it is whole, or refused by name.

The store is one whose process was killed, so half of it is still in its log (".wal").
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import StoreIncomplete
from tests.stores.power import batches, preload

BEFORE, AFTER = 6, 10  # batches in the file, and with those in the log

Damage = Callable[[bytes], bytes]


def killed(path: Path, first: int, last: int) -> None:
    """Another process appends batches and dies without closing."""
    process = preload.start(None, "killed", path, first, last, folder=path.parent)
    out, err = process.communicate()
    assert out == f"{last}\n", err


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    with es.open_store(folder / "bank.duckdb") as store:
        for n in range(BEFORE):
            batches.append(store, n)
    killed(folder / "bank.duckdb", BEFORE, AFTER)
    return folder


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    return lay(template, tmp_path / "store")


def lay(template: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return Path(shutil.copytree(template, folder)) / "bank.duckdb"


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def contents(path: Path) -> list[bytes]:
    """The bytes of the store's two files; one that is empty is as good as none."""
    return [file.read_bytes() if file.exists() else b"" for file in (path, log_of(path))]


def outcome(path: Path, acknowledged: int = AFTER) -> str:
    """ "whole", or the name of the error; fails where less is shown than was acknowledged.

    A refusal changes nothing: whoever finds the other half can put it back.
    """
    names = set()
    for read_only in (True, False):
        there, opened = contents(path), False
        try:
            with es.open_store(path, read_only=read_only) as store:
                opened = True
                stored = batches.read(store)
                assert stored == acknowledged, f"{stored} of {acknowledged}, {read_only=}"
                names.add("whole" if es.verify(store).ok else "found by verify")
                if not read_only:
                    batches.append(store, stored)
            if not read_only:
                with es.open_store(path) as store:
                    assert batches.read(store) == acknowledged + 1
        except es.StoreError as refused:
            names.add(type(refused).__name__)
        if not opened:
            assert contents(path) == there, "refused, and the files are changed"
    return " or ".join(sorted(names))


def damages(content: bytes) -> Iterator[tuple[str, bytes]]:
    """What can happen to the bytes of a file; always the same."""
    chance = random.Random(20250314)
    size = len(content)
    for cut in {0, 1, 8, 100, 512, 4096, size - 1, *chance.sample(range(size), 12)}:
        yield f"cut at {cut}", content[:cut]
    for _ in range(12):
        at, other = chance.randrange(size), chance.randrange(1, 256)
        yield f"byte {at} changed", with_other(content, at, other)
    for _ in range(6):
        at, bit = chance.randrange(size), 1 << chance.randrange(8)
        yield f"a bit of byte {at} flipped", with_other(content, at, bit)
    for _ in range(6):
        to, source = chance.randrange(size // 512) * 512, chance.randrange(size // 512) * 512
        sector = content[source : source + 512]
        yield f"sector at {source} written to {to}", content[:to] + sector + content[to + 512 :]
    for start in (0, 4096, 8192, size // 2):
        yield f"zeros at {start}", content[:start] + bytes(4096) + content[start + 4096 :]


def with_other(content: bytes, at: int, bits: int) -> bytes:
    """The content with these bits of one byte turned round."""
    return content[:at] + bytes([content[at] ^ bits]) + content[at + 1 :]


def check_each(damaged: Iterator[tuple[str, Path]]) -> Counter[str]:
    """Open each; what became of them. Fails once for all in which something is silently gone."""
    found: Counter[str] = Counter()
    silent = []
    for damage, path in damaged:
        try:
            found[outcome(path)] += 1
        except AssertionError as error:
            silent.append(f"{damage}: {str(error).splitlines()[0]}")
    print(dict(found))
    assert not silent, "\n".join(silent)
    return found


@pytest.mark.parametrize("name", ["bank.duckdb", "bank.duckdb.wal"])
def test_damage_is_named_or_harmless(template: Path, tmp_path: Path, name: str) -> None:
    def each() -> Iterator[tuple[str, Path]]:
        for damage, content in damages((template / name).read_bytes()):
            path = lay(template, tmp_path / "store")
            path.with_name(name).write_bytes(content)
            yield damage, path

    found = check_each(each())
    assert set(found) - {"whole"}, "some of it is noticed"


def test_damage_of_a_closed_store_is_named_or_harmless(template: Path, tmp_path: Path) -> None:
    closed = lay(template, tmp_path / "closed")
    es.open_store(closed).close()

    def each() -> Iterator[tuple[str, Path]]:
        for damage, content in damages(closed.read_bytes()):
            path = lay(closed.parent, tmp_path / "store")
            path.write_bytes(content)
            yield damage, path

    found = check_each(each())
    assert set(found) - {"whole"}, "some of it is noticed"


class TestTheLog:
    @pytest.mark.parametrize("left", [0.0, 0.3, 0.6, 0.99])
    def test_cut(self, path: Path, left: float) -> None:
        content = log_of(path).read_bytes()
        log_of(path).write_bytes(content[: int(len(content) * left)])
        assert outcome(path) == "StoreIncomplete"

    def test_cut_between_two_appends(self, path: Path, template: Path) -> None:
        log = log_of(path).read_bytes()
        for end in list(ends_of_entries(log))[:-1]:
            path = lay(template, path.parent)
            log_of(path).write_bytes(log[:end])
            assert outcome(path) == "StoreIncomplete", end

    def test_gone(self, path: Path) -> None:
        log_of(path).unlink()
        assert outcome(path) == "StoreIncomplete"

    def test_of_another_store(self, path: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.duckdb"
        killed(other, 0, AFTER)
        shutil.copyfile(log_of(other), log_of(path))
        assert outcome(path) in ("StoreIncomplete", "StoreDamaged")

    def test_of_the_same_store_earlier(self, template: Path, path: Path, tmp_path: Path) -> None:
        es.open_store(path).close()
        killed(path, AFTER, AFTER + 3)
        shutil.copyfile(log_of(lay(template, tmp_path / "earlier")), log_of(path))
        assert outcome(path, AFTER + 3) in ("StoreIncomplete", "StoreDamaged")

    @pytest.mark.parametrize(
        "rubbish",
        [bytes(1), bytes(512), bytes(5000), b"\xff" * 40, random.Random(1).randbytes(3000)],
        ids=["a zero", "zeros", "many zeros", "ones", "noise"],
    )
    def test_with_rubbish_behind_its_end(self, path: Path, rubbish: bytes) -> None:
        log_of(path).write_bytes(log_of(path).read_bytes() + rubbish)
        outcome(path)

    def test_with_half_an_append_behind_its_end(self, path: Path) -> None:
        log = log_of(path).read_bytes()
        *_, start, end = ends_of_entries(log)
        log_of(path).write_bytes(log + log[start : (start + end) // 2])
        assert outcome(path) == "whole"

    def test_without_its_store(self, path: Path) -> None:
        log = log_of(path).read_bytes()
        path.unlink()
        for lock in (True, False):
            if not lock:
                lock_of(path).unlink(missing_ok=True)
            with pytest.raises(StoreIncomplete, match="wal"):
                es.open_store(path)
            with pytest.raises(es.StoreError):
                es.open_store(path, read_only=True)
            assert log_of(path).read_bytes() == log
            assert not path.exists()


def ends_of_entries(log: bytes) -> Iterator[int]:
    """Where the entries of a log end: each has its length and a checksum before it."""
    at = log.index(b"\xff\xff") + 2
    while at < len(log):
        at += 16 + int.from_bytes(log[at : at + 8], "little")
        yield at


class TestTheFile:
    def test_of_another_store(self, path: Path, tmp_path: Path) -> None:
        with es.open_store(tmp_path / "other.duckdb") as store:
            batches.append(store, 0)
        shutil.copyfile(tmp_path / "other.duckdb", path)
        assert outcome(path) in ("StoreIncomplete", "StoreDamaged")

    def test_an_older_copy_of_it(self, path: Path, tmp_path: Path) -> None:
        es.open_store(path).close()
        shutil.copyfile(path, tmp_path / "copy.duckdb")
        with es.open_store(path) as store:
            batches.append(store, AFTER)
        shutil.copyfile(tmp_path / "copy.duckdb", path)
        assert outcome(path, AFTER + 1) == "StoreIncomplete"


class TestMoved:
    def test_alone(self, path: Path, tmp_path: Path) -> None:
        alone = tmp_path / "elsewhere" / "bank.duckdb"
        alone.parent.mkdir()
        shutil.move(path, alone)
        assert outcome(alone) == "StoreIncomplete"

    @pytest.mark.parametrize("lock", [True, False], ids=["and its lock", "without its lock"])
    def test_with_its_log(self, path: Path, tmp_path: Path, lock: bool) -> None:
        if not lock:
            lock_of(path).unlink()
        moved = shutil.move(path.parent, tmp_path / "elsewhere")
        assert outcome(Path(moved) / "bank.duckdb") == "whole"

    def test_closed_and_alone(self, path: Path, tmp_path: Path) -> None:
        es.open_store(path).close()
        shutil.move(path, tmp_path / "elsewhere.duckdb")
        assert outcome(tmp_path / "elsewhere.duckdb") == "whole"

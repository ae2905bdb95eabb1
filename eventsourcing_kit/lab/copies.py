"""A learner's own copies of the chapters: made once, renewed while untouched, never overwritten.

They stand beside the folder of the chapters, so that links and data paths lead to the same places.
A file among them, `.editions.json`, says for each copy of which edition of the chapter it was made
and how it was when it was written; a copy that differs from that is the learner's.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import InvalidInput


@dataclass(frozen=True)
class Prepared:
    """What `prepare` did: copies that it wrote, and chapters of which a newer edition waits."""

    written: tuple[Path, ...]
    waiting: tuple[str, ...]


def prepare(chapters: Path, own: Path) -> Prepared:
    """Make the copies that are missing and renew those that nobody has touched."""
    own.mkdir(exist_ok=True)
    editions = _editions(own)
    written, waiting = [], []
    for chapter in sorted(chapters.glob("*.ipynb")):
        copy, known = own / chapter.name, editions.get(chapter.name, {})
        if not copy.exists() or _digest(copy) == known.get("copy"):
            if _write(chapter, copy, editions):
                written.append(copy)
        elif _digest(chapter) != known.get("chapter"):
            waiting.append(chapter.name)
    _replace(own / ".editions.json", json.dumps(editions, indent=1).encode())
    if (chapters / "images").is_dir():
        shutil.copytree(chapters / "images", own / "images", dirs_exist_ok=True)
    return Prepared(tuple(written), tuple(waiting))


def take(number: str, chapters: Path, own: Path, today: date) -> tuple[Path, Path]:
    """Put the newest edition of a chapter in the place of the learner's copy, and keep that.

    `number` is the chapter's, such as "03". Returns where the new one and the learner's are. Raises
    InvalidInput for a number that no chapter has.
    """
    found = sorted(chapters.glob(f"{number}_*.ipynb"))
    if len(found) != 1:
        known = ", ".join(path.name[:2] for path in sorted(chapters.glob("*.ipynb")))
        raise InvalidInput("chapter", f"{number!r} is none of {known}")
    copy = own / found[0].name
    kept = _free(copy.with_name(f"{copy.stem}.mine-{today.isoformat()}.ipynb"))
    if copy.exists():
        os.rename(copy, kept)
    prepare(chapters, own)
    return copy, kept


def _free(path: Path) -> Path:
    """The path, or with a number where something stands there already."""
    names: Iterable[Path] = (path.with_name(f"{path.stem}-{n}.ipynb") for n in range(2, 1000))
    return next(each for each in (path, *names) if not each.exists())


def _write(chapter: Path, copy: Path, editions: dict[str, Any]) -> bool:
    """Write the copy of a chapter if it is not there in this form; whether it did."""
    from ipykernel.ipkernel import IPythonKernel

    source = chapter.read_bytes()
    notebook = json.loads(source)
    # JupyterLab notes the running Python in a notebook that it opens, and calls it changed.
    notebook["metadata"]["language_info"] = IPythonKernel.language_info
    text = (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()
    entry = {"chapter": sha256(source).hexdigest(), "copy": sha256(text).hexdigest()}
    if copy.exists() and editions.get(chapter.name) == entry:
        return False
    _replace(copy, text)
    editions[chapter.name] = entry
    return True


def _editions(own: Path) -> dict[str, Any]:
    """What is known of the copies; without it every copy counts as the learner's."""
    try:
        found = json.loads((own / ".editions.json").read_bytes())
        return {name: entry for name, entry in found.items() if isinstance(entry, dict)}
    except (OSError, ValueError, AttributeError):
        return {}


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    os.replace(beside, path)


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()

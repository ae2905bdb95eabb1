"""Prepare the learner's notebooks and open JupyterLab on the first of them.

`--take 03` puts the newest edition of a chapter in the place of one's own copy, which is kept. All
other arguments are JupyterLab's.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ..errors import InvalidInput
from .copies import prepare, take
from .style import style_options

ROOT = Path(__file__).parents[2]
CHAPTERS = ROOT / "notebooks"
OWN = ROOT / "my_notebooks"
NEWS = "@jupyterlab/apputils-extension:announcements"


def main(arguments: list[str]) -> None:
    """What the command line asks for; ends in a sentence where it cannot."""
    if not CHAPTERS.is_dir():
        sys.exit(f"The chapters are not in {CHAPTERS}: install the kit from its folder, with -e.")
    if reason := _no_place_for_jupyter():
        sys.exit(reason)
    try:
        if arguments[:1] == ["--take"]:
            _take(arguments[1:])
        else:
            _open(arguments)
    except OSError as error:
        sys.exit(f"Your copies of the chapters cannot be written to {OWN}: {error}.")


def _take(arguments: list[str]) -> None:
    try:
        copy, kept = take("".join(arguments), CHAPTERS, OWN, datetime.now(UTC).date())
    except InvalidInput as error:
        sys.exit(f"{error}. Say which one: make edition CHAPTER=03")
    _trust([copy])
    print(f"{copy.name} is the newest edition." + f" Yours is {kept.name}." * kept.exists())


def _open(arguments: list[str]) -> None:
    prepared = prepare(CHAPTERS, OWN)
    _trust(prepared.written)
    for name in prepared.waiting:
        print(f"{name} has a new edition; yours stays. For both: make edition CHAPTER={name[:2]}")
    with suppress(Exception):  # a question about news is no reason to stop
        from jupyterlab.commands import disable_extension

        disable_extension(NEWS, level="sys_prefix")
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}", *as_root]
    first = "--LabApp.default_url=/lab/tree/my_notebooks/00_start_here.ipynb"
    sys.stdout.flush()
    os.execv(sys.executable, [*command, first, *style_options(), *arguments])


def _trust(notebooks: Iterable[Path]) -> None:
    """Sign them, so that their pictures show. What goes wrong here stops no lesson."""
    import nbformat
    from nbformat.sign import NotebookNotary

    try:
        notary = NotebookNotary()
        for path in notebooks:
            notary.sign(nbformat.read(path, as_version=4))
    except Exception as error:
        print(f"The notebooks could not be signed ({error}); File → Trust Notebook does it.")


def _no_place_for_jupyter() -> str:
    """Why Jupyter could not start, as a sentence that says what to do; "" if it can."""
    from jupyter_core.paths import jupyter_config_dir, jupyter_data_dir, jupyter_runtime_dir

    places = {
        "JUPYTER_DATA_DIR": jupyter_data_dir(),
        "JUPYTER_CONFIG_DIR": jupyter_config_dir(),
        "JUPYTER_RUNTIME_DIR": jupyter_runtime_dir(),
    }
    for place in places.values():
        try:
            os.makedirs(place, exist_ok=True)
            with tempfile.TemporaryFile(dir=place):
                pass
        except OSError as error:
            return (
                f"Jupyter cannot write to {place} ({error.strerror}). Set {', '.join(places)} to "
                "folders that you may write to, and run this again."
            )
    return ""


if __name__ == "__main__":
    main(sys.argv[1:])

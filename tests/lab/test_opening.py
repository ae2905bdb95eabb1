"""`make lab`: a sentence where it cannot, else JupyterLab on the first of one's own chapters."""

from __future__ import annotations

import os
import subprocess
import sys
from ast import literal_eval
from pathlib import Path

import pytest
from nbformat import read
from nbformat.sign import NotebookNotary

from eventsourcing_kit.lab import __main__ as lab


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATA", "CONFIG", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name))
    monkeypatch.setattr(lab, "OWN", tmp_path / "my_notebooks")
    return tmp_path / "my_notebooks"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command that would take this process over."""
    command: list[str] = []
    monkeypatch.setattr(os, "execv", lambda _, arguments: command.extend(arguments))
    monkeypatch.setattr("jupyterlab.commands.disable_extension", lambda *_, **__: None)
    return command


def test_it_opens_ones_own_first_chapter(started: list[str], own: Path) -> None:
    lab.main(["--no-browser", "--port=9999"])
    assert started[1:3] == ["-m", "jupyterlab"]
    assert "--LabApp.default_url=/lab/tree/my_notebooks/00_start_here.ipynb" in started
    assert f"--ServerApp.root_dir={lab.ROOT}" in started  # so that links lead out of the folder
    assert started[-2:] == ["--no-browser", "--port=9999"]
    assert (own / "00_start_here.ipynb").exists()


def test_the_copies_are_trusted_so_that_their_pictures_show(started: list[str], own: Path) -> None:
    lab.main([])
    assert NotebookNotary().check_signature(read(own / "00_start_here.ipynb", as_version=4))


def test_a_new_edition_is_offered_in_a_line(
    started: list[str], own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lab.main([])
    copy = own / "03_an_event_store.ipynb"
    copy.write_text(copy.read_text() + "\n")  # somebody's answer
    (own / ".editions.json").write_text("{}")  # made of another edition than today's
    lab.main([])
    told = capsys.readouterr().out.splitlines()
    assert "make edition CHAPTER=03" in next(line for line in told if line.startswith("03_"))
    lab.main(["--take", "03"])
    assert "is the newest edition. Yours is 03_an_event_store.mine-" in capsys.readouterr().out


def test_a_chapter_that_there_is_not_ends_in_a_sentence(started: list[str]) -> None:
    with pytest.raises(SystemExit, match=r"none of 00, 01.* make edition CHAPTER=03"):
        lab.main(["--take", "99"])


def test_where_nothing_can_be_signed_the_lab_opens_all_the_same(
    started: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(NotebookNotary, "sign", lambda *_: 1 / 0)
    lab.main([])
    assert started
    assert "File → Trust Notebook" in capsys.readouterr().out


def test_a_home_that_cannot_be_written_ends_in_a_sentence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("no folder, so nobody can write in it, root neither")
    unset = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    command = [sys.executable, "-m", "eventsourcing_kit.lab", "--no-browser"]
    done = subprocess.run(
        command, env=unset | {"HOME": str(home)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Set JUPYTER_DATA_DIR, JUPYTER_CONFIG_DIR, JUPYTER_RUNTIME_DIR" in done.stderr


def test_chapters_have_their_style_and_ones_own_comes_first(
    started: list[str], tmp_path: Path
) -> None:
    lab.main([])
    assert "--LabApp.custom_css=True" in started
    [places] = [one for one in started if one.startswith("--ServerApp.tornado_settings=")]
    own, kits = literal_eval(places.partition("=")[2])["static_custom_path"]
    assert own == str(tmp_path / "CONFIG" / "custom")
    assert "blockquote" in (Path(kits) / "custom.css").read_text()

"""Programs in processes of their own: other styles, other languages, and those that are no use."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.histories import LAST_STAGE, Spawned, Verdict, command_of, judge
from eventsourcing_kit.histories import program as programs
from eventsourcing_kit.histories.judge import CASES
from tests.histories.programs import EXAMPLES, FUNCTIONS, RACE_JS, WRONG, python

each_stage = pytest.mark.parametrize("stage", range(1, LAST_STAGE + 1))
node = pytest.mark.skipif(
    shutil.which("node") is None, reason="Node.js is not on this machine: JavaScript is not judged"
)


FEW = 10  # cases of what passes; a process takes its time to start


def judged(command: list[str], stage: int, number: int = CASES) -> Verdict:
    return judge(lambda: Spawned(command), stage, number=number)


@each_stage
def test_the_example_in_python_passes(stage: int) -> None:
    assert judged(command_of(EXAMPLES / "store.py"), stage, FEW).passed


@node
@each_stage
def test_the_example_in_javascript_passes(stage: int) -> None:
    verdict = judged(command_of(EXAMPLES / "store.js"), stage, FEW)
    assert verdict.passed, verdict


@each_stage
def test_functions_on_sqlite_pass(stage: int, tmp_path: Path) -> None:
    verdict = judged(python(FUNCTIONS, tmp_path), stage, FEW)
    assert verdict.passed, verdict


@pytest.mark.parametrize("name", [name for name, wrong in WRONG.items() if wrong.killed])
def test_what_only_a_killed_process_shows_is_caught(name: str, tmp_path: Path) -> None:
    wrong = WRONG[name]
    verdict = judged(python(wrong.source, tmp_path), wrong.stage)
    assert verdict.mistake == wrong.mistake
    assert len(verdict.case) <= 3


def test_an_error_is_named_with_the_line_in_what_was_written(tmp_path: Path) -> None:
    source = """
import json
class Store:
    def __init__(self, folder): pass
    def append(self, *asked): return json.loads("")
    def read(self, stream): return []
"""
    verdict = judged(python(source, tmp_path), 1)
    assert verdict.met.endswith("line 1 column 1 (char 0), line 5.")


def test_half_a_line_in_the_file_has_a_hint_though_no_model_explains_it(tmp_path: Path) -> None:
    verdict = judged(python(WRONG["no way back from half a line"].source, tmp_path), 1)
    assert "ended by itself" in verdict.met
    assert "leave out a last line" in verdict.hint


@node
def test_an_await_between_check_and_write_is_a_race(tmp_path: Path) -> None:
    path = tmp_path / "store.js"
    path.write_text(RACE_JS, encoding="utf-8")
    verdict = judged(command_of(path), 2)
    assert verdict.mistake == "ChecksTooEarly"
    assert len(verdict.case) == 2
    assert verdict.case[0].together


@node
def test_a_request_that_comes_twice_at_one_time_races_with_itself(tmp_path: Path) -> None:
    path = tmp_path / "store.js"
    path.write_text(RACE_JS, encoding="utf-8")
    verdict = judged(command_of(path), 5)
    assert not verdict.passed
    assert verdict.mistake in ("RetryChecksTooEarly", "ChecksTooEarly")


# --- what is no use ------------------------------------------------------------------------------


def met(source: str, folder: Path) -> str:
    verdict = judged([sys.executable, "-c", source], 1)
    assert not verdict.passed
    return verdict.met


def test_a_program_that_ends_says_its_last_words(tmp_path: Path) -> None:
    assert met("raise SystemExit('no disk')", tmp_path) == "The program ended by itself: no disk"


def test_a_line_that_is_no_json_is_shown(tmp_path: Path) -> None:
    assert "no JSON object: hello" in met("print('hello', flush=True); input()", tmp_path)


def test_a_reply_to_nothing_is_told(tmp_path: Path) -> None:
    source = "input(); print('{\"call\": 0}', flush=True); input()"
    assert "another `call`" in met(source, tmp_path)


def test_silence_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "PATIENCE", 0.2)
    assert "No reply came" in met("import time; time.sleep(60)", tmp_path)


def test_what_is_printed_in_python_is_no_reply(tmp_path: Path) -> None:
    source = (EXAMPLES / "store.py").read_text("utf-8")
    loud = source.replace("        version = len(", "        print(stream)\n        version = len(")
    assert loud != source
    assert judged(python(loud, tmp_path), 1, FEW).passed


def test_a_command_that_is_not_there_is_refused() -> None:
    with pytest.raises(es.InvalidInput, match="cannot be started"):
        Spawned(["no-such-program-here"])


def test_a_file_needs_a_known_suffix_and_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(es.InvalidInput, match="no file"):
        command_of(tmp_path / "store.py")
    (tmp_path / "store.rb").write_text("")
    with pytest.raises(es.InvalidInput, match="Give its command"):
        command_of(tmp_path / "store.rb")
    assert command_of(["ruby", "store.rb"]) == ["ruby", "store.rb"]


def test_nothing_is_left_behind() -> None:
    with_folder = Spawned(command_of(EXAMPLES / "store.py"))
    folder = with_folder.folder
    with_folder.ask([{"call": 1, "op": "read", "stream": "account-1"}])
    with_folder.close()
    assert not folder.exists()

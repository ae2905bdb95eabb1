"""A prediction is kept as an event, and its answer is not in sight before it has been run."""

from __future__ import annotations

from pathlib import Path

import pytest

import eventsourcing_kit as es
from eventsourcing_kit import journal


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(tmp_path))
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/03_an_event_store.ipynb")


class TestTheChoice:
    def test_is_an_event_in_the_journal(self) -> None:
        prediction = es.predict("the same", "another balance")
        prediction.chosen = 1
        [event] = journal.events()
        assert event.type == "PredictionMade"
        assert event.data == {
            "notebook": "03_an_event_store",
            "choices": ["the same", "another balance"],
            "chosen": "another balance",
        }

    def test_may_be_changed_and_both_are_kept_in_one_stream(self) -> None:
        prediction = es.predict("the same", "another balance")
        prediction.chosen = 1
        prediction.chosen = 0
        events = journal.events()
        assert [event.data["chosen"] for event in events] == ["another balance", "the same"]
        assert len({event.stream_id for event in events}) == 1

    def test_of_another_question_has_another_stream(self) -> None:
        for choices in (("yes", "no"), ("no", "yes")):
            es.predict(*choices).chosen = 0
        assert len({event.stream_id for event in journal.events()}) == 2

    def test_that_is_none_is_shown_and_not_kept(self) -> None:
        prediction = es.predict("yes", "no")
        prediction.set_state({"chosen": 7})
        assert "no choice 7" in prediction.error
        assert prediction.chosen == -1
        assert journal.events() == []

    @pytest.mark.parametrize(
        "choices",
        [(), ("one",), ("one", "one"), ("one", " "), ("one", 2), tuple("0123456789")],
    )
    def test_needs_two_to_nine_texts(self, choices: tuple[str, ...]) -> None:
        with pytest.raises(es.InvalidInput, match="choices"):
            es.predict(*choices)


class TestTheWidget:
    def test_has_a_text_that_is_always_the_same(self) -> None:
        assert repr(es.predict("yes", "no")) == "Your prediction: yes · no"

    def test_leaves_its_choices_behind_as_text(self) -> None:
        html = es.predict("<b>yes</b>", "no").still()["text/html"]
        assert "&lt;b&gt;yes" in html
        assert "<b>" not in html

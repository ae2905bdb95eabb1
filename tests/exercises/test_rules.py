"""An answer in words is checked by rules, told one at a time."""

from eventsourcing_kit.exercises import Rule, Rules, Verdict

NAMES = Rules(
    (
        Rule(lambda names: len(names) == 3, "Give a list of three names."),
        Rule(
            lambda names: names[0].endswith("ed"),
            lambda names: f"{names[0]} is not in the past tense.",
        ),
        Rule(lambda names: names[2] != "Changed"),
    ),
    plain=lambda names: len(names) == 3,
)
KNOWN = [("The last name says nothing.", ["Opened", "b", "Changed"])]


def judge(names: object) -> Verdict:
    return NAMES.judge("Names", names, ["Opened", "b", "c"], KNOWN)


def test_an_answer_that_breaks_no_rule_is_right() -> None:
    assert judge(["Opened", "b", "c"]).right


def test_the_first_broken_rule_is_told() -> None:
    assert judge(["Open", "b", "Changed"]).message == "Open is not in the past tense."


def test_a_known_wrong_answer_is_known_by_the_rule_that_it_breaks() -> None:
    found = judge(["Opened", "b", "Changed"])
    assert (found.recognised, found.message) == (0, "The last name says nothing.")
    assert judge(["Open", "b", "Changed"]).recognised is None


def test_an_answer_of_another_form_breaks_the_rule_about_its_form() -> None:
    assert judge(7).message == "Give a list of three names."


def test_dots_are_not_attempted() -> None:
    for stub in (..., "...", ["Opened", ..., ...], {"a": ...}, "", "-- your query\n..."):
        assert judge(stub).outcome == "not attempted"

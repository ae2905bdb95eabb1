"""The interview room by keyboard: a drill, a bug and a mock interview."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import eventsourcing_kit as es
from eventsourcing_kit.widgets import BugDesk, BuildDesk, DrillDesk, IncidentDesk, InterviewDesk
from tests.browser import audit
from tests.browser.audit import HIGHEST
from tests.browser.bare import Bench
from tests.browser.lab import Lab, command, run_cell, screenshot
from tests.histories.programs import WRONG

NOTEBOOK = """import os
os.environ['EVENTSOURCING_KIT_HOME'] = {!r}
import eventsourcing_kit as es"""
MOCK = "room = es.interview.mock('senior', 30)\nroom"
NOTES = "room._room.state.notes"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with a learner who has done nothing."""
    monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(tmp_path))


def new_drill() -> DrillDesk:
    return es.interview.drill("snapshots", new=3)


def new_bug() -> BugDesk:
    return es.interview.spot(next(iter(es.interview.bugs())))


def new_mock() -> InterviewDesk:
    return es.interview.mock("senior", 30)


def new_build(folder: Path, wrong: str = "part of an append after a crash") -> BuildDesk:
    program = folder / "store.py"
    program.write_text(WRONG[wrong].source, encoding="utf-8")
    return es.interview.build(program)


def ratings(bench: Bench) -> list[int]:
    bench.rest()
    return [event.data["rating"] for event in es.journal.events() if event.type == "CardRated"]


# --- a drill -------------------------------------------------------------------------------------


def test_a_drill_from_start_to_end_by_keyboard(desk: Page, bench: Bench) -> None:
    drill = bench.show(new_drill())
    expect(drill).to_have_attribute("data-left", "3")
    drill.focus()
    for left, key in (("2", "3"), ("2", "1"), ("1", "2"), ("0", "4")):
        expect(drill).to_have_attribute("data-turned", "false")
        desk.keyboard.press("3")  # before the card is turned: nothing
        desk.keyboard.press("Space")
        expect(drill).to_have_attribute("data-turned", "true")
        desk.keyboard.press(key)
        expect(drill).to_have_attribute("data-left", left)
    expect(drill.get_by_text("Done: 3 cards")).to_be_visible()
    expect(drill.get_by_role("heading", name="You forgot")).to_be_visible()
    assert ratings(bench) == [3, 1, 2, 4]


def test_what_is_folded_opens_by_keyboard(desk: Page, bench: Bench) -> None:
    drill = bench.show(es.interview.drill("concepts", level="junior", new=1))
    drill.focus()
    desk.keyboard.press("Space")
    folded = drill.locator("details")
    staff = folded.get_by_role("listitem", include_hidden=True).last
    expect(staff).to_be_hidden()
    folded.locator("summary").focus()
    desk.keyboard.press("Space")
    expect(staff).to_be_visible()
    desk.keyboard.press("3")
    expect(drill).to_have_attribute("data-left", "0")


def test_the_buttons_do_the_same(bench: Bench) -> None:
    drill = bench.show(new_drill())
    drill.get_by_role("button", name="Show the answer").click()
    drill.get_by_role("button", name="good").click()
    expect(drill).to_have_attribute("data-left", "2")
    assert ratings(bench) == [3]


def test_what_is_typed_stands_beside_the_answer_and_is_kept(desk: Page, bench: Bench) -> None:
    drill = bench.show(new_drill())
    field = drill.get_by_label("What you would say")
    field.fill("A fold that somebody kept.")
    field.press("Control+Enter")
    expect(drill.get_by_role("heading", name="You wrote")).to_be_visible()
    expect(drill.locator(".es-back")).to_contain_text("A fold that somebody kept.")
    bench.rest()
    [event] = es.journal.events()
    assert (event.type, event.data["text"]) == ("AnswerTyped", "A fold that somebody kept.")
    desk.keyboard.press("3")
    expect(drill).to_have_attribute("data-left", "2")
    expect(field).to_have_value("")


def test_one_can_type_without_the_mouse(desk: Page, bench: Bench) -> None:
    drill = bench.show(new_drill())
    drill.focus()
    desk.keyboard.press("Enter")
    expect(drill.get_by_label("What you would say")).to_be_focused()
    desk.keyboard.type("A fold")
    desk.keyboard.press("Escape")
    expect(drill).to_be_focused()
    desk.keyboard.press("Space")
    expect(drill.locator(".es-back")).to_contain_text("A fold")


@pytest.mark.parametrize("key", ["Control+Enter", "Meta+Enter"])
def test_a_field_is_sent_by_the_keys_of_either_keyboard(desk: Page, bench: Bench, key: str) -> None:
    drill = bench.show(new_drill())
    drill.get_by_label("What you would say").press(key)
    expect(drill).to_have_attribute("data-turned", "true")


def test_the_answer_has_the_focus_and_the_first_of_it_is_read_aloud(
    desk: Page, bench: Bench
) -> None:
    drill = bench.show(new_drill())
    drill.focus()
    desk.keyboard.press("Space")
    answer = drill.get_by_role("region", name="Answer")
    expect(answer).to_be_focused()
    first = desk.locator(f"#{answer.get_attribute('aria-describedby')}")
    expect(first.get_by_role("heading", name="Say")).to_be_visible()


@pytest.mark.parametrize("size", [(1280, 800), (900, 700)])
def test_space_shows_the_answer_to_every_bug_without_scrolling(
    desk: Page, bench: Bench, size: tuple[int, int]
) -> None:
    desk.set_viewport_size({"width": size[0], "height": size[1]})
    drill = bench.show(es.interview.drill(kind="bug", new=40, limit=40))
    drill.focus()
    while int(drill.get_attribute("data-left") or 0):
        left = drill.get_attribute("data-left")
        desk.keyboard.press("Space")
        hidden = drill.locator(".es-back .es-block").first.evaluate(
            """one => {
                const [why, card] = [one, one.closest(".es-card")]
                    .map((box) => box.getBoundingClientRect());
                return why.top < card.top || why.top + 60 > card.bottom;
            }"""
        )
        assert not hidden, drill.get_attribute("data-card")
        desk.keyboard.press("4")
        expect(drill).not_to_have_attribute("data-left", left or "")


def test_the_card_grows_with_its_answer(desk: Page, bench: Bench) -> None:
    drill = bench.show(new_drill())
    card = drill.get_by_role("region", name="Card")
    drill.focus()
    before: Any = card.bounding_box()
    desk.keyboard.press("Space")
    expect(drill).to_have_attribute("data-turned", "true")
    after: Any = card.bounding_box()
    assert after["height"] > before["height"]


def test_a_bar_says_how_far_and_a_clock_how_long(desk: Page, bench: Bench) -> None:
    drill = bench.show(new_drill())
    bar = drill.get_by_role("progressbar", name="Cards done")
    clock = drill.get_by_role("timer")
    assert (bar.get_attribute("max"), bar.evaluate("one => one.value")) == ("3", 0)
    expect(clock).not_to_have_text("0:00")
    drill.focus()
    desk.keyboard.press("Space")
    stands = clock.inner_text()
    desk.wait_for_timeout(1500)
    assert clock.inner_text() == stands, "it stops when the card is turned"
    desk.keyboard.press("3")
    expect(drill).to_have_attribute("data-left", "2")
    assert bar.evaluate("one => one.value") == 1


def test_a_card_that_is_turned_says_when_it_comes_back(desk: Page, bench: Bench) -> None:
    drill = bench.show(new_drill())
    drill.focus()
    desk.keyboard.press("Space")
    expect(drill.get_by_role("button", name="easy")).to_contain_text("days")


def test_what_the_answer_claims_is_run_at_a_key(desk: Page, bench: Bench) -> None:
    desk.set_viewport_size({"width": 900, "height": 700})
    drill = bench.show(es.interview.drill("concurrency", level="junior", new=1))
    drill.focus()
    desk.keyboard.press("s")  # before the card is turned: nothing
    desk.keyboard.press("Space")
    desk.keyboard.press("s")
    printed = drill.locator(".es-prints")
    expect(printed).to_contain_text("4 of 6 orders overdraw")
    expect(printed).to_be_in_viewport()
    expect(drill.get_by_role("button", name="Show it")).to_be_hidden()
    for theme in ("Light", "Dark"):
        bench.check_it_fits(drill, theme, 900, "drill-shown", 700)
    desk.keyboard.press("3")
    expect(drill).to_have_attribute("data-left", "0")
    expect(printed).to_have_count(0)


# --- a bug ---------------------------------------------------------------------------------------


def test_a_bug_is_found_by_keyboard(desk: Page, bench: Bench) -> None:
    made = new_bug()
    known: Any = made._room
    line, lines = known.bug.faulty_lines[0], len(known.bug.code.splitlines())
    bug = bench.show(made)
    wrong = lines if line < lines else 1
    listbox = bug.get_by_role("listbox", name="Where is the fault?")
    listbox.focus()
    desk.keyboard.press("End" if wrong == lines else "Home")
    expect(bug).to_have_attribute("data-line", str(wrong))
    desk.keyboard.press("Enter")
    expect(bug.get_by_text(f"not in line {wrong}")).to_be_visible()
    desk.keyboard.press("h")
    expect(bug.locator(".es-hint")).to_contain_text("Hint:")
    listbox.focus()
    desk.keyboard.press("Home")
    for _ in range(line - 1):
        desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(bug.get_by_text(f"found in line {line}")).to_be_visible()
    expect(bug.get_by_role("heading", name="Run just now")).to_be_visible()
    expect(bug.get_by_role("tab", name="The cure")).to_be_visible()


def lines_of(made: BugDesk) -> tuple[int, int]:
    """A line with the fault, and one without."""
    known: Any = made._room
    faulty = known.bug.faulty_lines
    return faulty[0], next(line for line in range(1, 20) if line not in faulty)


def test_a_first_click_chooses_and_a_second_one_says(bench: Bench) -> None:
    made = new_bug()
    right, wrong = lines_of(made)
    bug = bench.show(made)
    options = bug.get_by_role("option")
    options.nth(wrong - 1).click()
    expect(options.nth(wrong - 1)).to_have_attribute("aria-selected", "true")
    bench.rest()
    assert made.view["wrong"] == [], "a click into the code is no guess"
    options.nth(wrong - 1).click()
    expect(bug.get_by_role("status")).to_have_text(f"not in line {wrong}")
    options.nth(right - 1).click()
    expect(options.nth(wrong - 1)).to_contain_text("✗")
    bug.get_by_role("button", name=f"The fault is in line {right}").click()
    expect(bug.get_by_role("status")).to_contain_text("2 tries")


def test_the_fault_and_its_cure_lie_under_two_tabs(desk: Page, bench: Bench) -> None:
    made = new_bug()
    bug = bench.show(made)
    bug.get_by_role("button", name="Show it").click()
    fault, cure = (bug.get_by_role("tab", name=name) for name in ("The fault", "The cure"))
    expect(fault).to_have_attribute("aria-selected", "true")
    fault.focus()
    desk.keyboard.press("ArrowRight")
    expect(cure).to_be_focused()
    expect(bug.get_by_role("listbox")).to_be_hidden()
    expect(bug.get_by_role("group", name="Code")).to_be_visible()


def test_the_next_bug_comes_at_the_same_desk(bench: Bench) -> None:
    bug = bench.show(new_bug())
    expect(bug.get_by_role("button", name="Next")).to_be_hidden()
    bug.get_by_role("button", name="Show it").click()
    bug.get_by_role("button", name="Next: Bug 2").click()
    expect(bug.get_by_text("Bug 2 ·")).to_be_visible()
    expect(bug.get_by_role("listbox")).to_be_focused()
    expect(bug.get_by_role("tab", name="The cure")).to_be_hidden()
    expect(bug).to_have_attribute("data-line", "0")


@pytest.mark.parametrize(("width", "height", "most"), [(1280, 800, 620), (900, 700, 540)])
def test_no_bug_is_taller_than_its_screen_found_or_not(
    desk: Page, bench: Bench, width: int, height: int, most: int
) -> None:
    desk.set_viewport_size({"width": width, "height": height})
    bug = bench.show(new_bug())
    while True:
        for _ in range(2):
            box: Any = bug.bounding_box()
            assert box["height"] <= most, bug.inner_text()[:60]
            show = bug.get_by_role("button", name="Show it")
            if show.is_visible():
                show.click()
                expect(bug.get_by_role("tab", name="The cure")).to_be_visible()
        if bug.get_by_text("Bug 39 ·").count():
            break
        bug.get_by_role("button", name="Next").click()
        expect(bug.get_by_role("tab", name="The cure")).to_be_hidden()


# --- an incident ---------------------------------------------------------------------------------


def new_incident() -> IncidentDesk:
    return es.interview.incident("lost-after-failover")


def test_an_incident_from_the_page_to_the_repair_by_keyboard(desk: Page, bench: Bench) -> None:
    made = new_incident()
    room: Any = made._room
    incident = bench.show(made)
    incident.focus()
    desk.keyboard.press("1")
    expect(incident).to_have_attribute("data-step", "find")
    prompt = incident.get_by_label("A SELECT to the store")
    prompt.fill("SELECT min(position) AS first FROM events ANTI JOIN handled USING (position)")
    prompt.press("Control+Enter")
    expect(incident.get_by_role("cell", name="7", exact=True)).to_be_visible()
    said = incident.get_by_label("Your answer")
    said.fill("8")
    said.press("Enter")
    expect(incident.get_by_text("Not 8. Ask the store again.")).to_be_visible()
    said.fill("7")
    said.press("Enter")
    expect(incident).to_have_attribute("data-step", "act")
    expect(incident.get_by_text("You had thought of another one.")).to_be_visible()
    expect(incident).to_be_focused()  # the field that was is hidden
    desk.keyboard.press("1")
    expect(incident.get_by_text(room.page.actions[0].does)).to_be_visible()
    desk.keyboard.press(str(room.page.action))
    expect(incident).to_have_attribute("data-step", "repair")
    code = incident.get_by_label("The code to repair")
    expect(code).to_have_value(room.page.code)
    code.fill(room.page.wrong[0].code)
    code.press("Control+Enter")
    expect(incident.get_by_text(room.page.wrong[0].says)).to_be_visible(timeout=30_000)
    code.fill(room.page.cure)
    code.press("Control+Enter")
    expect(incident).to_have_attribute("data-step", "done", timeout=30_000)
    expect(incident.get_by_role("heading", name="What the project did")).to_be_visible()
    expect(incident.get_by_role("link", name="The report")).to_have_attribute(
        "href", room.page.source.url
    )


def test_what_stands_in_the_store_is_text_on_the_page(bench: Bench) -> None:
    incident = bench.show(new_incident())
    incident.get_by_role("tab", name="Find the cause").click()  # one may look before one says
    prompt = incident.get_by_label("A SELECT to the store")
    prompt.fill("SELECT '<img src=x onerror=alert(1)>' AS \"<b>name</b>\"")
    prompt.press("Control+Enter")
    expect(incident.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    expect(incident.get_by_text("<b>name</b>")).to_be_visible()


def test_what_is_over_can_be_looked_at_again_and_what_is_to_come_cannot(
    desk: Page, bench: Bench
) -> None:
    made = new_incident()
    room: Any = made._room
    incident = bench.show(made)
    incident.focus()
    desk.keyboard.press("1")
    incident.get_by_role("button", name="Show it and go on").click()
    expect(incident).to_have_attribute("data-step", "act")
    cause = room.page.causes[room.page.cause - 1]
    seen = incident.get_by_role("tabpanel")  # the one that is not hidden
    expect(seen.get_by_text(cause.speaks)).to_be_visible()
    expect(incident.get_by_role("tab", name="Repair")).to_be_disabled()
    incident.get_by_role("tab", name="✓ Predict").click()
    for one in room.page.causes:
        expect(seen.get_by_text(one.speaks)).to_be_visible()
    desk.keyboard.press("1")  # chooses nothing: the actions are out of sight
    bench.rest()
    assert made.view["taken"] == []
    incident.get_by_role("tab", name="✓ Find the cause").click()
    expect(seen.get_by_text(room.page.query)).to_be_visible()


@pytest.mark.parametrize(("width", "height", "most"), [(1280, 800, 620), (900, 700, 540)])
@pytest.mark.parametrize("name", ["shipped-before-paid", "two-answers", "written-and-unreadable"])
def test_an_incident_fits_at_every_step(
    desk: Page, bench: Bench, name: str, width: int, height: int, most: int
) -> None:
    """These three have the longest texts."""
    desk.set_viewport_size({"width": width, "height": height})
    incident = bench.show(es.interview.incident(name))
    incident.focus()
    for step in ("predict", "find", "act", "repair", "done"):
        expect(incident).to_have_attribute("data-step", step)
        box: Any = incident.bounding_box()
        assert box["height"] <= most, step
        if step == "predict":
            desk.keyboard.press("1")
        elif step != "done":
            incident.get_by_role("button", name="Show it and go on").click()


# --- a mock interview ----------------------------------------------------------------------------


def through(desk: Page, mock: Locator, step: str) -> None:
    """One step by keyboard: notes, compare, rate."""
    if not step.startswith("rubric"):
        expect(mock.get_by_label("Your notes")).to_be_focused()
        desk.keyboard.type(f"notes on {step}")
        desk.keyboard.press("Control+Enter")
        expect(mock).to_have_attribute("data-turned", "true")
    desk.keyboard.press("2")


def test_a_mock_interview_from_start_to_report_by_keyboard(desk: Page, bench: Bench) -> None:
    mock = bench.show(new_mock())
    mock.focus()
    desk.keyboard.press("p")
    expect(mock).to_have_attribute("data-running", "true")
    desk.keyboard.press("n")
    steps = []
    while mock.get_attribute("data-finished") == "false":
        step = mock.get_attribute("data-step") or ""
        steps.append(step)
        through(desk, mock, step)
        expect(mock).not_to_have_attribute("data-step", step) if step != "rubric-trade_offs" else (
            expect(mock).to_have_attribute("data-finished", "true")
        )
    assert len(steps) == len(set(steps))
    report = mock.get_by_role("region", name="Report")
    expect(report).to_contain_text("Mock interview:")
    expect(report).to_contain_text("notes on clarify")
    expect(mock.get_by_role("link", name="Save the report")).to_be_visible()
    bench.rest()
    assert len(es.interview.mocks()) == 1
    screenshot(desk, "mock-report")


def test_nothing_is_asked_before_the_clock_runs(desk: Page, bench: Bench) -> None:
    interview = new_mock()
    mock = bench.show(interview)
    expect(mock.get_by_text("The first question comes when the clock runs.")).to_be_visible()
    expect(mock.get_by_label("Your notes")).to_be_hidden()
    mock.get_by_role("button", name="Start the clock").click()
    expect(mock.get_by_label("Your notes")).to_be_focused()
    expect(mock.get_by_role("region", name="The question")).to_contain_text(
        interview.view["asks"][-1].replace("`", "")
    )


def test_the_rail_keeps_what_each_answer_was(desk: Page, bench: Bench) -> None:
    mock = bench.show(new_mock())
    rail = mock.get_by_role("list", name="Stages")
    mock.get_by_role("button", name="Start the clock").click()
    for rating in ("3", "1"):
        desk.keyboard.press("Control+Enter")
        expect(mock).to_have_attribute("data-turned", "true")
        desk.keyboard.press(rating)
        expect(mock).to_have_attribute("data-turned", "false")
    expect(rail.get_by_role("img", name="strong, weak")).to_be_visible()
    first = rail.get_by_role("listitem").first
    expect(first).to_contain_text(re.compile(r"Warm-up●○·+\d:\d\d of 6:00"))


def test_after_the_end_no_clock_is_left_and_a_call_can_be_copied(desk: Page, bench: Bench) -> None:
    interview = new_mock()
    mock = bench.show(interview)
    mock.get_by_role("button", name="Start the clock").click()
    while not interview.view["finished"]:
        desk.keyboard.press("Control+Enter")
        expect(mock).to_have_attribute("data-turned", "true")
        step = mock.get_attribute("data-step") or ""
        desk.keyboard.press("1")
        expect(mock.locator(f":scope[data-step='{step}'][data-finished='false']")).to_have_count(0)
    expect(mock.get_by_text("Left of the interview")).to_be_hidden()
    report = mock.get_by_role("region", name="Report")
    calls = report.locator("code").all_inner_texts()
    assert len(calls) == len(set(calls)) > 3
    desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    report.get_by_role("button", name=f"Copy {calls[0]}").click()
    expect(report.get_by_text("✓ Copied")).to_be_visible()
    assert desk.evaluate("() => navigator.clipboard.readText()") == calls[0]


def test_the_question_is_in_view_beside_the_answer(desk: Page, bench: Bench) -> None:
    interview = new_mock()
    mock = bench.show(interview)
    mock.get_by_role("button", name="Start the clock").click()
    for key in ("Control+Enter", "3", "Control+Enter", "3", "Control+Enter"):
        expect(mock.get_by_label("Your notes")).to_be_visible()
        desk.keyboard.press(key)
        bench.rest()
    assert len(interview.view["asks"]) > 1, "what was said before stands above the question"
    question = mock.get_by_role("region", name="The question")
    below: Any = question.evaluate("one => one.scrollHeight - one.clientHeight - one.scrollTop")
    assert below < 1, "the question comes last"


def test_a_red_flag_is_ticked_by_who_said_it(desk: Page, bench: Bench) -> None:
    interview = new_mock()
    mock = bench.show(interview)
    mock.get_by_role("button", name="Start the clock").click()
    desk.keyboard.press("Control+Enter")
    expect(mock).to_have_attribute("data-turned", "true")
    text = interview.view["flags"][0]["text"]
    box = mock.get_by_role("group", name="Red flags").get_by_label(text)
    expect(box).not_to_be_checked()
    box.check()
    bench.rest()
    assert interview.view["flags"][0]["owned"]
    expect(box).to_be_checked()
    expect(box).to_be_focused()
    desk.keyboard.press("Space")
    bench.rest()
    assert not interview.view["flags"][0]["owned"]
    desk.keyboard.press("Space")
    bench.rest()
    assert interview.view["flags"][0]["owned"]
    desk.keyboard.press("3")
    expect(mock.get_by_role("img", name="good", exact=True)).to_be_visible()


def test_a_live_task_is_done_on_the_same_desk(desk: Page, bench: Bench) -> None:
    interview = es.interview.mock("senior", 30, live="bug", new=True)
    mock = bench.show(interview)
    mock.get_by_role("button", name="Start the clock").click()
    while interview.view["step"] != "live":
        step = interview.view["step"]
        mock.get_by_role("button", name="Skip").click()
        expect(mock).not_to_have_attribute("data-step", step)
    [bug] = [one for one in es.interview.load().bugs if one.code.rstrip() in mock_code(interview)]
    line = mock.get_by_label("Line of the fault")
    line.fill(str(bug.faulty_lines[0]))
    line.press("Enter")
    expect(mock.get_by_text("✓ found in line")).to_be_visible()
    for height, width in ((700, 900), (800, 1280)):
        bench.check_it_fits(mock, "Light", width, "mock-live", height)
        assert audit.height(mock) <= HIGHEST[width, height]


def mock_code(interview: InterviewDesk) -> str:
    return str(interview.view["live"]["code"])


# --- what is said aloud --------------------------------------------------------------------------


def test_what_is_said_is_recorded_heard_again_and_kept_if_one_asks(
    desk: Page, bench: Bench, tmp_path: Path
) -> None:
    interview = new_mock()
    mock = bench.show(interview)
    mock.get_by_role("button", name="Start the clock").click()
    mock.get_by_role("button", name="Record what you say").click()
    expect(mock.get_by_text("Recording. It stays in this page.")).to_be_visible()
    desk.wait_for_timeout(1200)
    desk.keyboard.press("Escape")
    mock.focus()
    desk.keyboard.press(" ")  # to compare stops it
    expect(mock).to_have_attribute("data-recorded", "true")
    said = mock.get_by_label("What you said")
    expect(said).to_be_visible()
    expect(mock.get_by_role("region", name="A good answer")).to_be_visible()
    said.evaluate("one => { one.play(); }")
    desk.wait_for_function("one => one.currentTime > 0.3", arg=said.element_handle())
    assert not list(tmp_path.rglob("recordings")), "nothing has left the page"
    mock.get_by_role("button", name="Keep this recording").click()
    expect(mock.get_by_text("✓ Kept")).to_be_visible()
    [file] = tmp_path.rglob("recordings/*")
    assert file.read_bytes()[:4] == b"\x1aE\xdf\xa3", "WebM, as Chromium records it"
    assert len(file.read_bytes()) > 1000
    assert interview.view["kept"] == str(file)
    link = mock.get_by_role("link", name="Download")
    assert link.get_attribute("download") == f"{interview.view['id']}-warm-up-1.webm"


NO_MICROPHONE = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', "


@pytest.mark.parametrize(
    ("reason", "said"),
    [("NotAllowedError", "may not use the microphone"), ("NotFoundError", "is no microphone")],
)
def test_without_a_microphone_nothing_is_missing(
    desk: Page, bench: Bench, reason: str, said: str
) -> None:
    mock = bench.show(new_mock())
    desk.evaluate(f"() => {{ {NO_MICROPHONE}'{reason}'); }} }}")
    mock.get_by_role("button", name="Start the clock").click()
    mock.get_by_role("button", name="Record what you say").click()
    expect(mock.get_by_text(said)).to_be_visible()
    expect(mock.get_by_role("button", name="Record what you say")).to_be_hidden()
    desk.keyboard.press("Control+Enter")
    expect(mock).to_have_attribute("data-turned", "true")


def test_the_clock_runs_stands_still_and_goes_on(desk: Page, bench: Bench) -> None:
    mock = bench.show(new_mock())
    left = mock.locator(".es-value").first
    expect(left).to_have_text("30:00")
    mock.get_by_role("button", name="Start the clock").click()
    expect(left).to_have_text(re.compile("29:5[0-8]"))
    mock.get_by_role("button", name="Pause").click()
    expect(mock).to_have_attribute("data-running", "false")
    stands = left.inner_text()
    desk.wait_for_timeout(1500)
    assert left.inner_text() == stands
    expect(mock.get_by_role("button", name="Go on")).to_be_visible()


def test_the_clock_waits_while_you_compare(desk: Page, bench: Bench) -> None:
    mock = bench.show(new_mock())
    left = mock.locator(".es-value").first
    mock.get_by_role("button", name="Start the clock").click()
    expect(left).to_have_text(re.compile("29:5"))
    mock.get_by_role("button", name="Compare with a good answer").click()
    expect(mock).to_have_attribute("data-turned", "true")
    expect(mock.get_by_text("The clock waits while you compare.")).to_be_visible()
    stands = left.inner_text()
    desk.wait_for_timeout(1500)
    assert left.inner_text() == stands
    mock.focus()
    desk.keyboard.press("2")
    expect(left).not_to_have_text(stands)


def test_what_is_taken_up_again_has_lost_nothing(bench: Bench) -> None:
    mock = bench.show(new_mock())
    mock.get_by_role("button", name="Start the clock").click()
    mock.get_by_label("Your notes").fill("one stream an account")
    bench.rest(1200)  # half a second after the last key it is in the journal
    mock = bench.show(new_mock())
    expect(mock.get_by_label("Your notes")).to_have_value("one stream an account")
    expect(mock).to_have_attribute("data-running", "false")
    expect(mock.get_by_role("button", name="Go on")).to_be_visible()


# --- a live build --------------------------------------------------------------------------------

JUDGED = 120_000  # milliseconds


def test_a_program_that_is_not_there_can_be_judged_again(
    desk: Page, bench: Bench, tmp_path: Path
) -> None:
    made = es.interview.build(tmp_path / "store.py")
    build = bench.show(made)
    build.focus()
    for _ in range(2):
        desk.keyboard.press("j")
        bench.rest()
        expect(build.get_by_text("there is no file")).to_be_visible()
        expect(build.get_by_text("Judging")).to_be_hidden()
        expect(build.get_by_role("button", name="Judge")).to_be_enabled()


def test_a_build_is_judged_and_its_history_gone_through_by_keyboard(
    desk: Page, bench: Bench, tmp_path: Path
) -> None:
    build = bench.show(new_build(tmp_path))
    build.focus()
    desk.keyboard.press("p")
    expect(build.get_by_role("button", name="Pause")).to_be_visible()
    key = build.locator("kbd", has_text="H")
    expect(key).to_be_hidden()  # there is nothing to hint at yet
    desk.keyboard.press("j")
    expect(build).to_have_attribute("data-verdict", "broken", timeout=JUDGED)
    expect(key).to_be_visible()
    expect(build.get_by_role("status")).to_contain_text("left a part of it")
    turns = build.locator(".es-turn")
    last = str(turns.count())
    expect(build).to_have_attribute("data-turn", last)
    expect(build.locator(".es-history .es-answer")).to_contain_text("Right would be")
    build.focus()
    desk.keyboard.press("Home")
    expect(build).to_have_attribute("data-turn", "1")
    expect(turns.last).to_have_class(re.compile("es-later"))
    desk.keyboard.press("ArrowRight")
    expect(build).to_have_attribute("data-turn", "2")
    turns.first.click()
    expect(build).to_have_attribute("data-turn", "1")
    desk.keyboard.press("h")
    expect(build.locator(".es-hint")).to_contain_text("All or nothing")
    for theme, width in (("Light", 1280), ("Dark", 1280), ("Light", 700), ("Dark", 700)):
        bench.check_it_fits(build, theme, width, "build-broken")
    bench.check_it_fits(build, "Light", 900, "build-broken", 700)
    assert audit.height(build) <= HIGHEST[900, 700]
    build.get_by_role("button", name="Finish").click()
    report = build.get_by_role("region", name="Report")
    expect(report).to_contain_text("beside a good run")
    expect(build.get_by_text("Left", exact=True)).to_be_hidden()
    assert audit.height(build) <= HIGHEST[900, 700]
    bench.rest()
    assert len(es.interview.builds()) == 1


# --- looks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700])
@pytest.mark.parametrize("kind", ["drill", "bug", "interview", "incident"])
def test_it_fits_in_both_themes(
    desk: Page, bench: Bench, kind: str, theme: str, width: int
) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    bench.set_theme(theme)
    kinds: dict[str, Any] = {
        "drill": new_drill, "bug": new_bug, "interview": new_mock, "incident": new_incident,
    }  # fmt: skip
    widget = bench.show(kinds[kind]())
    expect(widget).to_have_attribute("data-theme", theme.lower())
    widget.focus() if kind != "bug" else widget.get_by_role("listbox").focus()
    if kind == "bug":
        widget.get_by_role("button", name="Show it").click()
        expect(widget.get_by_role("tab", name="The cure")).to_be_visible()
    elif kind == "incident":
        desk.keyboard.press("1")
        for step in ("find", "act", "repair"):
            expect(widget).to_have_attribute("data-step", step)
            widget.get_by_role("button", name="Show it and go on").click()
        expect(widget).to_have_attribute("data-step", "done")
    else:
        if kind == "interview":  # nothing is asked before
            desk.keyboard.press("p")
            expect(widget).to_have_attribute("data-running", "true")
            widget.focus()
        desk.keyboard.press("Space")
        expect(widget).to_have_attribute("data-turned", "true")
    wide = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert wide[0] <= wide[1], "nothing is cut off at the side"
    widget.scroll_into_view_if_needed()
    screenshot(desk, f"{kind}-{theme.lower()}-{width}")


# --- in the lab


def test_in_the_lab_it_survives_kernel_and_page(lab: Lab, page: Page, tmp_path: Path) -> None:
    notebook = lab.write("mock.ipynb", NOTEBOOK.format(str(tmp_path)), MOCK, NOTES)

    def run() -> Locator:
        run_cell(page, 0)
        run_cell(page, 1)
        return page.locator(".es-interview")

    lab.open(page, notebook)
    mock = run()
    mock.get_by_role("button", name="Start the clock").click()
    mock.get_by_label("Your notes").fill("one stream an account")
    page.wait_for_timeout(1200)  # half a second after the last key it is in the journal

    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    mock = run()
    expect(mock.get_by_label("Your notes")).to_have_value("one stream an account")
    expect(mock).to_have_attribute("data-running", "false")
    expect(mock.get_by_role("button", name="Go on")).to_be_visible()
    assert "one stream an account" in run_cell(page, 2)

    command(page, "docmanager:save")  # else the browser asks whether to leave
    mock.get_by_label("Your notes").fill("kept?")
    page.goto("about:blank")  # at once: before the half second is over
    lab.open(page, notebook)
    mock = run()
    expect(mock.get_by_label("Your notes")).to_have_value("kept?")
    page.wait_for_timeout(800)
    assert "kept?" in run_cell(page, 2)

"""Every widget in one real notebook: shown, moved by key, heard by Python, left by its kernel.

What else each can do is tested on a bare page, in a module of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.drag import NOTEBOOK, measure_drag
from tests.browser.lab import Lab, cells, command, new_page, run_all, run_cell, set_theme, shut_down
from tests.browser.test_event_workbench import checked, field
from tests.browser.test_event_workbench import keys_stay_in_the_field as keys_stay
from tests.browser.test_fold_steps import state_row
from tests.browser.test_projection_lab import side
from tests.browser.test_time_travel import BALANCES, shown
from tests.notebooks.execute import clean
from tests.widgets.test_rows_and_events import BALANCE

WIDGET_ERROR = "Error displaying widget"
TIMELINE = "es.replay.Timeline.build(sample_store())"
WIDGETS = {  # by name: how it is made, and what Python is asked about it
    "travel": (NOTEBOOK, "(travel.account, travel.index, travel.balance, travel.off)"),
    "bank": (
        f"from tests.widgets.sample import sample_store\nbank = es.widgets.BankTravel({TIMELINE})",
        "(bank.total, bank.events)",
    ),
    "beside": (
        "from tests.widgets.test_rows_and_events import sample_questions, sample_steps\n"
        "beside = es.widgets.RowsAndEvents(sample_steps(), sample_questions())",
        "(beside.step, beside.question)",
    ),
    "bench": (
        "bench = es.widgets.EventWorkbench()",
        "(bench.draft['type'], len(bench.remarks))",
    ),
    "matrix": (
        "from tests.widgets.test_access_matrix import new_matrix\nmatrix = new_matrix()",
        "(matrix.stream_id, matrix.row, matrix.column)",
    ),
    "inspector": (
        "from tests.widgets.test_table_inspector import event_rows\n"
        "inspector = es.widgets.TableInspector(event_rows())",
        "(inspector.append, inspector.stream_id, inspector.row, inspector.column)",
    ),
    "race": (
        "from tests.widgets.test_append_race import new_race\nrace = new_race()",
        "[(one.name, one.read, one.state) for one in race.writers]",
    ),
    "steps": (
        "from tests.browser.test_fold_steps import EVENTS\nbanking = es.banking\n"
        "steps = es.widgets.FoldSteps(banking.evolve, EVENTS, banking.Account())",
        "steps.index",
    ),
    "fees": (
        "from tests.browser.test_projection_lab import ALL_EVENTS\n"
        "fees = es.widgets.ProjectionLab(ALL_EVENTS, title='Fees of November')",
        "(fees.moves, fees.cure)",
    ),
    "tuner": (
        "from tests.browser.test_snapshot_tuner import RUNS\n"
        "tuner = es.widgets.SnapshotTuner(RUNS, write_cost=20)",
        "(tuner.n, tuner.loads, tuner.best)",
    ),
    "upcasting": (
        "from tests.browser.test_upcasting_workbench import make\nupcasting = make()",
        "(upcasting.draft['type'], len(upcasting.steps), upcasting.problem)",
    ),
    "explorer": (
        "from tests.browser.test_schedule_explorer import make\nexplorer = make()",
        "(explorer.schedule, explorer.on)",
    ),
    "player": (
        "failures = es.processes.FAILURES[:1]\n"
        "rehearsals = [es.processes.rehearse(), es.processes.rehearse(failures)]\n"
        "player = es.widgets.SagaPlayer(rehearsals)",
        "(player.on, player.index)",
    ),
    "planner": (
        "from tests.browser.test_capacity_planner import SYSTEM\n"
        "planner = es.widgets.CapacityPlanner(SYSTEM)",
        "planner.system.partitions",
    ),
    "cluster": (
        "from tests.sample_cluster import recorder\ncluster = es.widgets.ClusterLab(recorder())",
        "repr(cluster)",
    ),
    "tamper": (
        "from tests.browser.test_tamper_lab import make\ntamper = make()",
        "repr(tamper)",
    ),
    "room": (
        "from tests.sample_incident import recording\nroom = es.widgets.ControlRoom(recording())",
        "repr(room)",
    ),
    "drill": (
        "drill = es.interview.drill('snapshots', new=3)",
        "[e.data['rating'] for e in es.journal.events() if e.type == 'CardRated']",
    ),
    "bug": (
        "bug = es.interview.spot(next(iter(es.interview.bugs())))",
        "bug.view['outcome']",
    ),
    "mock": ("mock = es.interview.mock('senior', 30)", "mock._room.state.notes"),
    "incident": (
        "incident = es.interview.incident('lost-after-failover')",
        "incident.view['step']",
    ),
}
MADE = [f"{code}\n{name}" for name, (code, _) in WIDGETS.items()]
ASKED = [question for _, question in WIDGETS.values()]


@pytest.fixture(scope="module")
def desk(lab: Lab, browser: Browser) -> Iterator[Page]:
    """A page with the notebook open, all its widgets just made, and its kernel there."""
    with new_page(browser) as page:
        lab.open(page, lab.write("widgets.ipynb", *MADE, *ASKED))
        run_all(page)
        expect(page.locator(".es-widget")).to_have_count(len(WIDGETS))
        yield page


@pytest.fixture(scope="module")
def gone(desk: Page) -> Page:
    """The same after its kernel was shut down; so the tests that use it stand at the end."""
    shut_down(desk)
    return desk


def widget(desk: Page, name: str) -> Locator:
    return desk.locator(".jp-Cell").nth(list(WIDGETS).index(name)).locator(".es-widget")


def told(desk: Page, name: str, rest: int = 300) -> str:
    """What Python has heard, once the keys have rested; on one line."""
    desk.wait_for_timeout(rest)
    return re.sub(r"\s+", " ", run_cell(desk, len(WIDGETS) + list(WIDGETS).index(name)))


def test_time_travel(desk: Page) -> None:
    travel = widget(desk, "travel")
    travel.locator("[role=slider]").press("x")  # is ours, and cuts no cell
    travel.get_by_role("button", name="To the start").press("x")
    expect(travel).to_have_attribute("data-index", "60")
    assert len(cells(desk)) == len(MADE + ASKED)
    travel.locator("[role=slider]").press("Shift+ArrowLeft")
    expect(travel).to_have_attribute("data-index", "50")
    assert told(desk, "travel") == f"('account-1', 50, {BALANCES[50]}, [])"


def test_the_whole_bank(desk: Page) -> None:
    bank = widget(desk, "bank")
    bank.locator("[role=slider]").press("Home")
    expect(bank).to_have_attribute("data-events", "1")
    expect(bank).to_have_attribute("data-total", "0")
    assert told(desk, "bank", 500) == "(0, 1)"
    bank.locator("[role=slider]").press("End")
    expect(bank).to_have_attribute("data-events", "62")


def test_rows_and_events(desk: Page) -> None:
    beside = widget(desk, "beside")
    beside.get_by_role("slider").press("ArrowLeft")
    desk.keyboard.press("q")  # is ours too
    expect(beside).to_have_attribute("data-asked", "0")
    assert len(cells(desk)) == len(MADE + ASKED)
    assert told(desk, "beside") == f"(2, {BALANCE!r})"  # it begins at the third of six


def test_the_event_workbench(desk: Page) -> None:
    bench = widget(desk, "bench")
    field(bench, "type").fill("FeeCharged")
    checked(bench, 3, 1)
    assert told(desk, "bench") == "('FeeCharged', 4)"
    keys_stay(field(bench, "data"))
    assert len(cells(desk)) == len(MADE + ASKED)
    bench.get_by_label("Undo all changes").click()
    expect(bench).to_have_attribute("data-state", "checked")


def test_the_table_inspector(desk: Page) -> None:
    inspector = widget(desk, "inspector")
    inspector.get_by_label("Append", exact=True).press("ArrowLeft")
    expect(inspector).to_have_attribute("data-append", "3")
    assert told(desk, "inspector") == "(3, '', -1, 'position')"


def test_the_race_to_append(desk: Page) -> None:
    race = widget(desk, "race")
    for name in ("Ann", "Ben"):
        race.get_by_role("button", name=f"{name}: Append").click()
        expect(race.get_by_role("region", name=name)).not_to_contain_text("Has read version 2.")
    expect(race).to_have_attribute("data-rows", "4")
    expect(race.get_by_label("Append", exact=True)).to_have_attribute(
        "aria-valuetext", "append 4 of 4"
    )
    assert told(desk, "race") == "[('Ann', 3, 'stored'), ('Ben', 2, 'refused')]"
    race.get_by_role("button", name="Start again").click()
    expect(race).to_have_attribute("data-rows", "3")
    expect(race.get_by_role("region", name="Ben")).to_contain_text("Has read version 2.")


def test_the_fold(desk: Page) -> None:
    steps = widget(desk, "steps")
    steps.locator("[role=slider]").press("Shift+ArrowRight")
    expect(steps).to_have_attribute("data-index", "10")
    assert told(desk, "steps") == "10"


def test_the_projection_lab(desk: Page) -> None:
    fees = widget(desk, "fees")
    desk.locator(".jp-InputArea-editor").nth(list(WIDGETS).index("fees")).click()
    fees.get_by_text("Fees of November").click()  # and the keys are its own again
    for key in ("ArrowRight", "ArrowRight", "c"):
        desk.keyboard.press(key)
    expect(fees).to_have_attribute("data-moves", "3")
    assert told(desk, "fees") == "('ssc', 'none')"


def test_the_snapshot_tuner(desk: Page) -> None:
    tuner = widget(desk, "tuner")
    tuner.get_by_role("slider", name="A snapshot every n events").press("ArrowRight")
    expect(tuner).to_have_attribute("data-n", "50")
    assert told(desk, "tuner") == "(50, 1, 5)"


def test_the_upcasting_workbench(desk: Page) -> None:
    upcasting = widget(desk, "upcasting")
    expect(upcasting).to_have_attribute("data-state", "read")
    upcasting.get_by_label("Stored events").press("End")
    expect(field(upcasting, "type")).to_have_value("CashPaidIn")
    expect(upcasting).to_have_attribute("data-steps", "2")
    field(upcasting, "data").fill('{"cents": 700, "fee": 7}')
    expect(upcasting).to_have_attribute("data-state", "problem")
    assert "till" in told(desk, "upcasting")


def test_the_schedule_explorer(desk: Page) -> None:
    explorer = widget(desk, "explorer")
    explorer.locator(".es-turn").nth(1).press("ArrowRight")
    expect(explorer).to_have_attribute("data-schedule", "ABAB")
    assert told(desk, "explorer") == "('ABAB', [])"


def test_the_saga_player(desk: Page) -> None:
    player = widget(desk, "player")
    player.press("Home")
    player.press("ArrowRight")
    expect(player).to_have_attribute("data-phase", "requested")
    assert told(desk, "player") == "([], 1)"


def test_the_capacity_planner(desk: Page) -> None:
    planner = widget(desk, "planner")
    planner.get_by_role("slider", name="Partitions").press("ArrowLeft")
    expect(planner).to_have_attribute("data-partitions", "11")
    field = planner.get_by_role("spinbutton", name="Partitions")
    field.fill("4")
    field.press("x")  # no number, and cuts no cell
    assert len(cells(desk)) == len(MADE + ASKED)
    assert told(desk, "planner") == "4"


def test_the_cluster_lab(desk: Page) -> None:
    cluster = widget(desk, "cluster")
    cluster.get_by_role("button", name="Kill n1").press("Enter")
    expect(cluster).to_have_attribute("data-leader", "n2")
    expect(cluster).to_have_attribute("data-state", "ready")
    cluster.get_by_role("button", name="Append an event").press("Space")
    expect(cluster.get_by_role("row", name="n1")).to_contain_text("1 behind")
    assert told(desk, "cluster") == "'ClusterLab(3 nodes; 1 append: 1 acknowledged)'"


def test_the_control_room(desk: Page) -> None:
    room = widget(desk, "room")
    room.get_by_role("radio", name="a poison event").check()
    room.get_by_role("radio", name="Set it aside").check()
    expect(room.locator(".es-verdict")).to_contain_text("That is the cause. A good first action.")
    assert "cause right, action right" in told(desk, "room")


def test_a_drill(desk: Page) -> None:
    drill = widget(desk, "drill")
    drill.press("Space")
    drill.press("3")
    expect(drill).to_have_attribute("data-left", "2")
    assert told(desk, "drill").endswith("3]")


def test_the_tamper_lab(desk: Page) -> None:
    tamper = widget(desk, "tamper")
    tamper.get_by_role("checkbox", name="signature").check()
    expect(tamper).to_have_attribute("data-by", "signature")
    assert "noticed by signature" in told(desk, "tamper")


def test_a_bug(desk: Page) -> None:
    bug = widget(desk, "bug")
    bug.get_by_role("listbox", name="Where is the fault?").press("h")
    expect(bug.locator(".es-hint")).to_contain_text("Hint:")
    bug.get_by_role("button", name="Show it").click()
    expect(bug.get_by_role("tab", name="The cure")).to_be_visible()
    assert told(desk, "bug") != "'not found yet'"


def test_a_mock_interview(desk: Page) -> None:
    mock = widget(desk, "mock")
    mock.press("p")
    expect(mock).to_have_attribute("data-running", "true")
    mock.get_by_label("Your notes").fill("one stream an account")
    assert "one stream an account" in told(desk, "mock", 1200)


def test_an_incident(desk: Page) -> None:
    incident = widget(desk, "incident")
    incident.press("1")
    expect(incident).to_have_attribute("data-step", "find")
    prompt = incident.get_by_label("A SELECT to the store")
    prompt.fill("SELECT min(position) AS first FROM events ANTI JOIN handled USING (position)")
    prompt.press("Control+Enter")  # which would run the cell
    expect(incident.get_by_role("cell", name="7", exact=True)).to_be_visible()
    assert told(desk, "incident") == "'find'"


def test_all_follow_the_theme(desk: Page) -> None:
    for theme in ("Dark", "Light"):
        set_theme(desk, theme)
        for name in WIDGETS:
            expect(widget(desk, name)).to_have_attribute("data-theme", theme.lower())


def test_a_committed_notebook_shows_the_pictures(desk: Page, lab: Lab, page: Page) -> None:
    command(desk, "docmanager:save")
    committed = nbformat.read(lab.folder / "widgets.ipynb", as_version=4)
    clean(committed)
    nbformat.write(committed, lab.folder / "committed.ipynb")
    lab.open(page, "committed.ipynb")
    only_pictures(page)


def only_pictures(page: Page) -> None:
    """Each widget's picture is in sight, with a line that says what it is; and no error."""
    stills = page.locator(".es-still").filter(visible=True)
    expect(stills).to_have_count(len(WIDGETS))
    expect(stills.get_by_text("make it live")).to_have_count(len(WIDGETS))
    expect(page.locator("img[alt^='Time travel: account-1.']")).to_be_visible()
    expect(page.get_by_text(WIDGET_ERROR).filter(visible=True)).to_have_count(0)


# --- without a kernel ----------------------------------------------------------------------------


def test_time_travel_moves_on(gone: Page) -> None:
    travel = widget(gone, "travel")
    travel.locator("[role=slider]").press("End")
    for index in range(59, 40, -1):
        gone.keyboard.press("ArrowLeft")
        expect(travel).to_have_attribute("data-index", str(index))
        assert shown(travel) == (index, BALANCES[index])
    assert measure_drag(travel).frames >= 295
    expect(gone.get_by_text(WIDGET_ERROR)).to_have_count(0)


def test_the_curve_of_the_bank_moves_on(gone: Page) -> None:
    bank = widget(gone, "bank")
    assert measure_drag(bank).frames >= 295
    expect(bank.get_by_role("status")).to_contain_text("the curve still moves")


def test_rows_and_events_move_on(gone: Page) -> None:
    beside = widget(gone, "beside")
    beside.get_by_label("Before the first command").click()
    expect(beside).to_have_attribute("data-step", "0")
    asked = beside.get_attribute("data-asked")
    beside.get_by_label("Ask the next question").click()
    expect(beside).not_to_have_attribute("data-asked", asked or "")


def test_the_event_workbench_can_be_typed_into_and_tells(gone: Page) -> None:
    bench = widget(gone, "bench")
    field(bench, "type").fill("FeeCharged and more")
    expect(bench).to_have_attribute("data-state", "unanswered")
    expect(bench.locator(".es-status")).to_contain_text("nothing is checked")
    expect(field(bench, "type")).to_have_value("FeeCharged and more")
    bench.get_by_label("Undo all changes").click()
    expect(bench).to_have_attribute("data-state", "checked")  # these remarks are known
    expect(bench.locator(".es-status")).to_be_empty()


def test_the_table_inspector_goes_on(gone: Page) -> None:
    inspector = widget(gone, "inspector")
    inspector.get_by_label("Before the first append").click()
    expect(inspector).to_have_attribute("data-rows", "0")
    inspector.get_by_label("After the last append").click()
    expect(inspector).to_have_attribute("data-rows", "7")


def test_the_race_to_append_says_so(gone: Page) -> None:
    race = widget(gone, "race")
    race.get_by_role("button", name="Ann: Append").click()
    expect(race.get_by_text("The kernel does not answer")).to_be_visible()


def test_the_fold_steps_on(gone: Page) -> None:
    steps = widget(gone, "steps")
    steps.locator("[role=slider]").press("Home")
    for index in (1, 2, 3):
        gone.keyboard.press("ArrowRight")
        expect(steps).to_have_attribute("data-index", str(index))
    expect(state_row(steps, "balance")).to_have_text("balance100007000 changed")


def test_the_projection_lab_goes_on(gone: Page) -> None:
    fees = widget(gone, "fees")
    fees.get_by_label("One step on").focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "c", "End"):
        gone.keyboard.press(key)
    expect(side(fees, "left")).to_contain_text("✗ 2,300.00 EUR too much")


def test_the_capacity_planner_goes_on(gone: Page) -> None:
    planner = widget(gone, "planner")
    planner.get_by_role("spinbutton", name="Partitions").fill("2")
    expect(planner).to_have_attribute("data-holds", "false")


def test_the_buttons_of_the_cluster_lab_are_off_and_its_run_is_played(gone: Page) -> None:
    cluster = widget(gone, "cluster")
    cluster.get_by_role("button", name="Start n1").click()
    expect(cluster.get_by_role("status")).to_contain_text("The kernel does not answer")
    expect(cluster.get_by_role("button", name="Start n1")).to_be_disabled()
    cluster.get_by_role("button", name="To the start").click()
    expect(cluster).to_have_attribute("data-index", "0")


def test_the_control_room_goes_on(gone: Page) -> None:
    room = widget(gone, "room")
    room.get_by_role("radio", name="Start it again").check()
    expect(room.locator(".es-verdict")).to_contain_text("It stands where it stood.")


def test_the_tamper_lab_goes_on(gone: Page) -> None:
    tamper = widget(gone, "tamper")
    tamper.get_by_label("Attack").select_option("two histories")
    expect(tamper).to_have_attribute("data-by", "nobody")


def test_the_mock_interview_says_so(gone: Page) -> None:
    mock = widget(gone, "mock")
    mock.focus()
    gone.keyboard.press("p")
    expect(mock.get_by_role("alert")).to_contain_text("The kernel is gone")


def test_opened_again_the_next_day_it_shows_pictures(gone: Page, lab: Lab, page: Page) -> None:
    """Saved with its widgets live, as JupyterLab does by itself; no kernel knows them any more."""
    assert gone.locator(".es-still").filter(visible=True).count() == 0  # live: the widgets alone
    command(gone, "docmanager:save")
    lab.open(page, "widgets.ipynb")
    errors = page.get_by_text(WIDGET_ERROR)
    expect(errors).to_have_count(len(WIDGETS))  # there, and not in sight
    only_pictures(page)

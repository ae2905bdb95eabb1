"""The sliders, moved by real mouse and keys: on a bare page."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import accumulate

import pytest
from playwright.sync_api import Locator, Page, expect

import eventsourcing_kit as es
from eventsourcing_kit.event import microseconds, parse_time
from eventsourcing_kit.replay import Timeline
from eventsourcing_kit.widgets import BankTravel, TimeTravel
from tests.browser.bare import Bench
from tests.browser.drag import POSITIONS, measure_drag
from tests.browser.lab import screenshot
from tests.widgets.sample import HOSTILE, START, append, sample_histories, sample_store

HISTORY = sample_histories()[0]
BALANCES = [0, *(state.balance for state in HISTORY.states)]


@pytest.fixture
def travel() -> TimeTravel:
    return TimeTravel(sample_histories())


@pytest.fixture
def widget(bench: Bench, travel: TimeTravel) -> Locator:
    """A TimeTravel just made, its playhead at the end and focused."""
    return focused(bench.show(travel))


def focused(found: Locator) -> Locator:
    expect(found).to_have_attribute("data-index", "60")
    expect(found).to_have_attribute("data-what-if-balance", str(BALANCES[60]))
    found.locator("[role=slider]").focus()
    return found


def open_more(widget: Locator) -> Locator:
    """What stands behind the button is on the page."""
    widget.get_by_role("button", name="More").click()
    return widget


def shown(widget: Locator) -> tuple[int, int]:
    """The event number and the balance that the widget shows."""
    data = widget.evaluate("(element) => ({ ...element.dataset })")
    return int(data["index"]), int(data["balance"])


def told(travel: TimeTravel) -> tuple[str, int, int, list[int]]:
    return travel.account, travel.index, travel.balance, travel.off


def test_the_mouse_moves_it(widget: Locator, desk: Page, bench: Bench, travel: TimeTravel) -> None:
    box = widget.locator("[role=slider]").bounding_box()
    assert box is not None
    left, width, y = box["x"] + 74, box["width"] - 90, box["y"] + 60
    desk.mouse.move(left + width, y)
    desk.mouse.down()
    seen = set()
    for part in range(20, -1, -1):
        desk.mouse.move(left + width * part / 20, y)
        desk.evaluate("() => new Promise(requestAnimationFrame)")
        index, balance = shown(widget)
        assert balance == BALANCES[index]
        seen.add(index)
    desk.mouse.up()
    assert len(seen) > 15
    assert 0 in seen
    bench.rest(0)
    assert told(travel) == ("account-1", 0, 0, [])  # Python heard of it


def test_a_click_near_a_tick_goes_to_that_event(widget: Locator, desk: Page) -> None:
    open_more(widget).get_by_label("by event").check()
    box = widget.locator("[role=slider]").bounding_box()
    assert box is not None
    desk.mouse.click(box["x"] + 74 + (box["width"] - 90) * 30 / 60 + 2, box["y"] + 60)
    expect(widget).to_have_attribute("data-index", "30")
    assert shown(widget) == (30, BALANCES[30])


def test_the_keys_move_it(widget: Locator, desk: Page, bench: Bench, travel: TimeTravel) -> None:
    keys = [
        ("ArrowLeft", 59),
        ("Shift+ArrowLeft", 49),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("ArrowRight", 1),
        ("Shift+ArrowRight", 11),
        ("PageUp", 21),
        ("End", 60),
        ("PageDown", 50),
    ]
    slider = widget.locator("[role=slider]")
    for key, index in keys:
        desk.keyboard.press(key)
        expect(widget).to_have_attribute("data-index", str(index))
        assert shown(widget) == (index, BALANCES[index])
        expect(slider).to_have_attribute("aria-valuenow", str(index))
    bench.rest()  # it tells Python when the keys rest
    assert told(travel) == ("account-1", 50, BALANCES[50], [])


def test_space_plays_and_pauses(widget: Locator, desk: Page) -> None:
    open_more(widget).get_by_label("Speed").select_option("10")
    widget.locator("[role=slider]").focus()
    desk.keyboard.press("Space")
    desk.wait_for_timeout(700)
    desk.keyboard.press("Space")
    index, balance = shown(widget)
    assert 0 < index < 30  # it began again at the start
    assert balance == BALANCES[index]
    desk.wait_for_timeout(200)
    assert shown(widget) == (index, balance)


def test_what_if_an_event_had_not_happened(
    widget: Locator, desk: Page, bench: Bench, travel: TimeTravel
) -> None:
    desk.keyboard.press("Home")
    for _ in range(5):
        desk.keyboard.press("ArrowRight")
    desk.keyboard.press("x")
    desk.keyboard.press("End")
    fifth = BALANCES[5] - BALANCES[4]
    expect(widget).to_have_attribute("data-what-if-balance", str(BALANCES[60] - fifth))
    expect(widget.get_by_text("without 1 event", exact=True)).to_be_visible()
    assert shown(widget) == (60, BALANCES[60])
    bench.rest()
    assert told(travel) == ("account-1", 60, BALANCES[60], [5])
    widget.get_by_role("button", name="Switch every event on again").click()
    expect(widget).to_have_attribute("data-what-if-balance", str(BALANCES[60]))


def test_the_other_order_folds_late_events_where_they_belong(widget: Locator, desk: Page) -> None:
    widget.get_by_label("occurred_at: what was true").check()
    ordered = sorted(HISTORY.events, key=lambda event: (event.occurred_at, event.position))
    delta = {
        event.version: BALANCES[event.version] - BALANCES[event.version - 1] for event in ordered
    }
    balances = list(accumulate((delta[event.version] for event in ordered), initial=0))
    widget.locator("[role=slider]").focus()
    for index in range(60, 0, -1):
        expect(widget).to_have_attribute("data-index", str(index))
        assert shown(widget) == (index, balances[index])
        desk.keyboard.press("ArrowLeft")


def test_both_orders_stand_on_screen_and_a_part_of_the_time_can_be_seen_larger(
    widget: Locator, desk: Page, bench: Bench, travel: TimeTravel
) -> None:
    whole = (travel.start, travel.end)
    for _ in range(3):
        desk.keyboard.press("+")
    bench.rest()
    assert travel.start > whole[0]
    near = (travel.start, travel.end)
    desk.keyboard.press("Home")  # the lens goes along with the head
    bench.rest()
    assert travel.start < near[0]
    desk.keyboard.press("0")
    bench.rest()
    assert (travel.start, travel.end) == whole
    box = widget.locator("[role=slider]").bounding_box()
    assert box is not None
    index = shown(widget)[0]
    desk.keyboard.down("Shift")
    desk.mouse.move(box["x"] + 200, box["y"] + 60)
    desk.mouse.down()
    desk.mouse.move(box["x"] + 300, box["y"] + 60, steps=4)
    desk.mouse.up()
    desk.keyboard.up("Shift")
    bench.rest()
    assert whole[0] < travel.start < travel.end < whole[1], "the marked part fills the axis"
    assert shown(widget)[0] == index, "marking moves no head"
    travel.start, travel.end = whole
    expect(widget).to_have_attribute("data-index", str(index))


def test_an_event_tells_itself_under_the_mouse_and_at_the_head(widget: Locator, desk: Page) -> None:
    open_more(widget).get_by_label("by event").check()
    box = widget.locator("[role=slider]").bounding_box()
    assert box is not None
    desk.mouse.move(box["x"] + 74 + (box["width"] - 90) * 30 / 60, box["y"] + 60)
    ordered = sorted(HISTORY.events, key=lambda event: (event.recorded_at, event.position))
    expect(widget.locator(".es-tip")).to_contain_text(ordered[29].type)
    desk.mouse.move(0, 0)
    expect(widget.locator(".es-tip")).to_have_text("")
    widget.locator("[role=slider]").press("Home")
    desk.keyboard.press("ArrowRight")
    expect(widget.locator(".es-tip")).to_contain_text(ordered[0].type)  # the focused head's
    widget.locator("[role=slider]").blur()
    expect(widget.locator(".es-tip")).to_have_text("")


def test_the_arrow_keys_pass_over_what_is_not_looked_for(widget: Locator, desk: Page) -> None:
    kind = HISTORY.events[9].type
    wanted = [n for n, event in enumerate(HISTORY.events, 1) if event.type == kind]
    open_more(widget).get_by_label("Look for").select_option(kind)
    expect(widget).to_contain_text(f"{len(wanted)} of 60")
    widget.locator("[role=slider]").focus()
    desk.keyboard.press("Home")
    for index in wanted[:5]:
        desk.keyboard.press("ArrowRight")
        expect(widget).to_have_attribute("data-index", str(index))


def test_the_late_ones_can_be_looked_for(widget: Locator, desk: Page) -> None:
    open_more(widget).get_by_label("Look for").select_option("recorded late")
    expect(widget).to_contain_text("1 of 60")
    widget.locator("[role=slider]").press("Home")
    desk.keyboard.press("ArrowRight")
    expect(widget).to_have_attribute("data-index", "60")


def test_both_times_stand_on_one_plane(
    widget: Locator, desk: Page, bench: Bench, travel: TimeTravel
) -> None:
    plane = widget.locator(".es-plane")
    expect(plane).to_be_hidden()
    widget.get_by_label("both times on one plane").check()
    expect(plane).to_have_accessible_name(re.compile(r"occurred Sat 03-08 .*12 days 5 hours late"))
    bench.rest()
    assert travel.plane
    late = plane.locator("circle.es-late").bounding_box()
    diagonal = plane.locator(".es-diagonal").bounding_box()
    assert late is not None
    assert diagonal is not None
    right = (late["x"] - diagonal["x"]) / diagonal["width"]
    up = 1 - (late["y"] - diagonal["y"]) / diagonal["height"]
    assert right - up > 0.3, "it lies far below the diagonal"
    line = plane.locator(".es-line")
    expect(line, "what the bank knew: all to the left").to_have_attribute("d", UPRIGHT)
    widget.get_by_label("occurred_at: what was true").check()
    expect(plane.locator("text.es-now")).to_have_text("occurred →")
    expect(line, "what was true: all below").to_have_attribute("d", LEVEL)
    bench.rest()  # until nothing slides any more
    now = plane.locator("circle.es-late").bounding_box()
    assert now is not None
    desk.mouse.click(now["x"] + now["width"] / 2, now["y"] + now["height"] / 2)
    expect(widget.get_by_role("heading", name="Event: MoneyDeposited")).to_be_visible()
    order = sorted(HISTORY.events, key=lambda event: (event.occurred_at, event.position))
    index = next(i for i, event in enumerate(order, 1) if event.position == 60)
    expect(widget).to_have_attribute("data-index", str(index))
    plane.press("ArrowLeft")  # by the keyboard too
    expect(widget).to_have_attribute("data-index", str(index - 1))
    travel.plane = False
    expect(plane).to_be_hidden()


UPRIGHT, LEVEL = re.compile(r"^M\S+ \S+V"), re.compile(r"^M\S+ \S+H")


def test_the_plane_shows_the_same_part_of_the_time_as_the_rails(
    widget: Locator, bench: Bench, travel: TimeTravel
) -> None:
    travel.plane = True
    dots = widget.locator(".es-plane circle:not(.es-ring)")
    expect(dots).to_have_count(60)
    widget.locator("[role=slider]").press("+")
    bench.rest()
    start, end = (
        microseconds(parse_time("start", travel.start)),
        microseconds(parse_time("end", travel.end)),
    )
    inside = [
        e
        for e in HISTORY.events
        if all(start <= microseconds(t) <= end for t in (e.occurred_at, e.recorded_at))
    ]
    assert 0 < len(inside) < 60
    expect(dots).to_have_count(len(inside))


def test_what_means_nothing_here_is_not_offered(bench: Bench) -> None:
    clock = es.fixed_clock(START, timedelta(hours=1))
    store = es.open_store(":memory:", clock=clock)
    append(store, "game-1", [es.banking.AccountOpened("Ada", "")] * 4)
    [game] = es.replay.histories(store, decider=es.banking.account, category="game")
    widget = bench.show(TimeTravel([game], by="event", who="the game"))
    expect(open_more(widget).get_by_role("combobox", name="Look for")).to_be_visible()
    expect(widget.get_by_role("combobox", name="Stream")).to_have_count(0)
    for kind in ("radio", "checkbox", "spinbutton"):  # the order, the axis, the plane
        expect(widget.get_by_role(kind)).to_have_count(0)


def test_while_it_plays_an_event_falls_into_the_state(widget: Locator, desk: Page) -> None:
    open_more(widget).get_by_label("Speed").select_option("10")
    widget.evaluate(COUNT_FALLS)
    widget.locator("[role=slider]").press("Home")
    assert widget.evaluate("() => window.fallen") == 0, "it does not play"
    desk.keyboard.press("Space")
    desk.wait_for_function("() => window.fallen > 1")
    expect(widget).to_have_class(re.compile("es-playing"))
    desk.keyboard.press("Space")
    desk.emulate_media(reduced_motion="reduce")
    widget.evaluate(COUNT_FALLS)
    desk.keyboard.press("Home")
    desk.keyboard.press("Space")
    desk.wait_for_timeout(1500)
    assert shown(widget)[0] > 2
    assert widget.evaluate("() => window.fallen") == 0, "where motion is not wanted nothing falls"
    desk.emulate_media(reduced_motion="no-preference")


COUNT_FALLS = """
(widget) => {
  window.fallen = 0;
  const isFalling = ({ className }) => className === "es-falling";
  new MutationObserver((records) => records.forEach(({ addedNodes }) => {
    window.fallen += [...addedNodes].filter(isFalling).length;
  })).observe(widget, { childList: true });
}
"""


def test_in_another_order_the_events_slide_from_one_of_their_times_to_the_other(
    widget: Locator, desk: Page
) -> None:
    for wish, is_seen in (("no-preference", True), ("reduce", False)):
        desk.emulate_media(reduced_motion=wish)  # type: ignore[arg-type]
        widget.get_by_label("recorded_at: what the bank knew").check()
        desk.wait_for_timeout(500)
        widget.evaluate(KEEP_PICTURES)
        widget.get_by_label("occurred_at: what was true").check()
        desk.wait_for_timeout(500)
        pictures = desk.evaluate("() => new Set(window.pictures).size")
        assert (pictures > 2) == is_seen, "more than the one before"
    desk.emulate_media(reduced_motion="no-preference")


# What the canvas showed each time before it was drawn anew.
KEEP_PICTURES = """
(widget) => {
  const canvas = widget.querySelector("canvas");
  const context = canvas.getContext("2d");
  window.pictures = [];
  context.clearRect = (...box) => {
    window.pictures.push(canvas.toDataURL());
    CanvasRenderingContext2D.prototype.clearRect.apply(context, box);
  };
}
"""


@pytest.mark.parametrize(("width", "height", "most"), [(1280, 800, 620), (900, 700, 540)])
def test_cause_and_effect_are_in_one_view(
    widget: Locator, desk: Page, travel: TimeTravel, width: int, height: int, most: int
) -> None:
    travel.plane = True
    desk.set_viewport_size({"width": width, "height": height})
    widget.locator("[role=slider]").press("x")  # with its what-if too
    expect(widget.get_by_text("without 1 event", exact=True)).to_be_visible()
    box = widget.bounding_box()
    assert box is not None
    assert box["height"] <= most


def test_another_account(widget: Locator) -> None:
    widget.get_by_role("combobox", name="Account").select_option("account-2")
    expect(widget).to_have_attribute("data-balance", "1000")
    expect(widget.get_by_text("1,000 JPY", exact=True).first).to_be_visible()


def test_a_drag_paints_every_frame(widget: Locator) -> None:
    drag = measure_drag(widget)
    assert drag.frames >= 295, f"{drag} of {POSITIONS}"


def test_what_an_event_says_stays_text(widget: Locator, desk: Page) -> None:
    desk.keyboard.press("Home")
    for _ in range(21):
        desk.keyboard.press("ArrowRight")
    expect(widget.get_by_text("<img src=x onerror")).to_have_text(HOSTILE)
    assert widget.locator("img, script").count() == 0


def test_an_observer_that_raises_is_shown(widget: Locator, travel: TimeTravel) -> None:
    travel.observe(lambda change: 1 / 0, "index")
    widget.locator("[role=slider]").press("Home")
    expect(widget.get_by_role("alert")).to_have_text("ZeroDivisionError: division by zero")


def test_both_themes(widget: Locator, desk: Page, bench: Bench) -> None:
    widget.locator("[role=slider]").press("Shift+ArrowLeft")
    for theme in ("Light", "Dark"):
        bench.set_theme(theme)
        expect(widget).to_have_attribute("data-theme", theme.lower())
        screenshot(desk, f"time_travel_{theme.lower()}")


def test_the_whole_bank(bench: Bench, desk: Page) -> None:
    bank = BankTravel(Timeline.build(sample_store()))
    widget = bench.show(bank)
    widget.locator("[role=slider]").press("Home")
    expect(widget).to_have_attribute("data-events", "1")
    expect(widget).to_have_attribute("data-total", "0")
    widget.locator("[role=slider]").press("End")
    expect(widget).to_have_attribute("data-events", "62")
    bench.rest(500)
    assert bank.events == 62
    widget.locator("[role=slider]").press("Home")
    expect(widget.locator("[aria-live]").first).to_contain_text("0.00 EUR")
    widget.locator("[role=slider]").press("End")
    widget.get_by_role("button", name="account-1").click()
    expect(widget).to_contain_text("The whole bank")
    bench.rest(500)
    assert bank.account == "account-1"
    key = widget.locator(".es-name:has(.es-swatch:visible)")
    expect(key).to_have_text(["account-1"])  # it names what the line is of
    widget.get_by_role("button", name="The whole bank").click()
    expect(key).to_have_text(["Total of all balances"])
    bench.rest(500)
    assert bank.account == ""
    for theme in ("Light", "Dark"):
        bench.set_theme(theme)
        expect(widget).to_have_attribute("data-theme", theme.lower())
        screenshot(desk, f"bank_travel_{theme.lower()}")

"""The cluster lab: a run is played, and its buttons act on the cluster behind it."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.cluster_runs import Moment, Recorder, after
from eventsourcing_kit.widgets import ClusterLab
from eventsourcing_kit.widgets.base import static
from tests.browser.bare import Bench
from tests.sample_cluster import RUN, SampleCluster, recorder
from tests.widgets.sample import HOSTILE

NODES = ["n1", "n2", "n3"]
FOLD = """([source, names, moments]) =>
  new Function("names", "moments", `${source}
    return clusterStates(names, moments)
      .map((state) => ({ ...state, most: onAMajority(state, 2) }));`
  )(names, moments)"""


@pytest.fixture
def run() -> Recorder:
    return recorder()


@pytest.fixture
def played(bench: Bench) -> Locator:
    """A recording without a cluster, at its end."""
    found = bench.show(ClusterLab(RUN))
    expect(found).to_have_attribute("data-index", str(len(RUN)))
    return found


@pytest.fixture
def live(bench: Bench, run: Recorder) -> Locator:
    found = bench.show(ClusterLab(run))
    expect(found).to_have_attribute("data-leader", "n1")
    return found


def row(widget: Locator, node: str) -> Locator:
    return widget.get_by_role("row", name=node)


def test_the_fold_is_pythons(page: Page) -> None:
    moments = [asdict(one) for one in [*RUN, Moment(17_000, "stopped", "n2")]]
    found = page.evaluate(FOLD, [static("cluster_lab/machine.js"), NODES, moments])
    assert len(found) == len(moments) + 1
    for count, state in enumerate(found):
        expected = after(NODES, [Moment(**one) for one in moments[:count]])
        assert state == {
            "nodes": {name: asdict(node) for name, node in expected.nodes.items()},
            "leader": expected.leader,
            "appends": {str(number): kind for number, kind in expected.appends.items()},
            "acknowledged_to": expected.acknowledged_to,
            "most": expected.on_a_majority,
        }


# --- a recording ---------------------------------------------------------------------------------


def test_by_the_keyboard_alone(played: Locator, desk: Page, bench: Bench) -> None:
    played.get_by_role("slider", name="Moments of the run").focus()
    desk.keyboard.press("Home")
    expect(played).to_have_attribute("data-index", "0")
    for _ in range(7):
        desk.keyboard.press("ArrowRight")
    expect(played).to_have_attribute("data-index", "7")
    expect(row(played, "n1")).to_contain_text("down")
    expect(played).to_have_attribute("data-leader", "")
    desk.keyboard.press("ArrowRight")
    expect(row(played, "n2")).to_contain_text("up, leads")
    slider = played.get_by_role("slider", name="Moments of the run")
    expect(slider).to_have_attribute("aria-valuetext", "5.200 s · n2 leads")


def test_every_moment_is_told_in_words(played: Locator, desk: Page) -> None:
    told = played.locator(".es-moment")
    expect(told).to_have_text("16.102 s · n3 is seen to have all up to position 3")
    played.get_by_role("button", name="To the start").focus()
    desk.keyboard.press("Enter")
    expect(told).to_have_text("before the first moment")
    for words in ("n1 leads", "append 1 is sent", "append 1 is acknowledged, at position 1"):
        desk.keyboard.press("ArrowRight")
        expect(told).to_contain_text(words)
    played.get_by_role("slider", name="Moments of the run").focus()
    desk.keyboard.press("End")
    for _ in range(8):
        desk.keyboard.press("ArrowLeft")
    expect(told).to_contain_text("it is not known whether it was stored: no answer in five seconds")


def test_what_was_acknowledged_and_what_is_not_known_is_counted(played: Locator) -> None:
    for name, value in (("Acknowledged", "2"), ("Not known", "1"), ("Failed", "1"),
                        ("On a majority up to", "position 3"), ("Leader", "n3")):  # fmt: skip
        shown = played.locator(".es-readouts > div").filter(has_text=name)
        expect(shown.locator(".es-value")).to_have_text(value)


def test_the_buttons_of_a_recording_are_off_and_it_says_why(played: Locator) -> None:
    expect(played.get_by_role("status")).to_contain_text("no cluster is behind it")
    for name in ("Append an event", "Look again", "Kill n1", "Pause n3"):
        expect(played.get_by_role("button", name=name)).to_be_disabled()
    expect(played.get_by_role("button", name="One moment back")).to_be_enabled()


def test_python_moves_it(bench: Bench) -> None:
    lab = ClusterLab(RUN)
    played = bench.show(lab)
    expect(played).to_have_attribute("data-index", str(len(RUN)))
    lab.index = 7
    expect(played).to_have_attribute("data-index", "7")
    played.get_by_role("button", name="One moment on").click()
    bench.rest()
    assert lab.index == 8


# --- a cluster behind it -------------------------------------------------------------------------


def test_a_node_is_killed_and_appends_go_on(live: Locator, desk: Page, run: Recorder) -> None:
    live.get_by_role("button", name="Append an event").press("Enter")
    expect(row(live, "n3")).to_contain_text("1")
    expect(live).to_have_attribute("data-state", "ready")
    live.get_by_role("button", name="Kill n1").press("Enter")
    expect(live).to_have_attribute("data-leader", "n2")
    expect(row(live, "n1")).to_contain_text("down")
    start = live.get_by_role("button", name="Start n1")
    expect(start).to_be_focused()  # it was "Kill" and keeps the focus
    expect(live.get_by_role("button", name="Pause n1")).to_be_disabled()
    live.get_by_role("button", name="Append an event").click()
    expect(row(live, "n1")).to_contain_text("1 behind")
    expect(live).to_have_attribute("data-state", "ready")
    start.click()
    expect(row(live, "n1")).to_contain_text("all that is known")
    assert run.state.acknowledged_to == run.state.on_a_majority == 2


def test_a_paused_node_is_let_go_on(live: Locator, run: Recorder) -> None:
    live.get_by_role("button", name="Pause n2").click()
    expect(row(live, "n2")).to_contain_text("paused")
    expect(live).to_have_attribute("data-state", "ready")
    live.get_by_role("button", name="Resume n2").click()
    expect(row(live, "n2")).to_contain_text("up")
    assert run.state.nodes["n2"].state == "up"


def test_without_a_majority_it_is_not_known_what_was_stored(live: Locator) -> None:
    for node in ("n1", "n2"):
        live.get_by_role("button", name=f"Kill {node}").click()
        expect(row(live, node)).to_contain_text("down")
        expect(live).to_have_attribute("data-state", "ready")
    live.get_by_role("button", name="Append an event").click()
    expect(live.locator(".es-moment")).to_contain_text("not known whether it was stored")


def test_while_python_works_no_button_is_heard_twice(
    live: Locator, bench: Bench, run: Recorder
) -> None:
    append = live.get_by_role("button", name="Append an event")
    append.dblclick()
    expect(live).to_have_attribute("data-state", "ready")
    bench.rest()
    assert list(run.state.appends) == [1]


def test_when_the_kernel_is_gone_the_buttons_are_off_and_it_says_so(
    live: Locator, desk: Page
) -> None:
    desk.evaluate("""() => {
      globalThis.widget.save_changes = () => { throw new Error("the comm is closed"); };
    }""")
    live.get_by_role("button", name="Append an event").click()
    expect(live).to_have_attribute("data-state", "unanswered")
    expect(live.get_by_role("status")).to_contain_text("The kernel does not answer")
    expect(live.get_by_role("button", name="Kill n1")).to_be_disabled()
    live.get_by_role("button", name="To the start").click()
    expect(live).to_have_attribute("data-index", "0")


def test_a_bug_is_shown_and_the_buttons_go_on(bench: Bench) -> None:
    cluster = SampleCluster("n1")
    live = bench.show(ClusterLab(Recorder(cluster, lambda: 1 // 0, cluster.seen)))
    live.get_by_role("button", name="Append an event").click()
    expect(live.get_by_role("alert")).to_contain_text("ZeroDivisionError")
    live.get_by_role("button", name="Kill n1").click()
    expect(row(live, "n1")).to_contain_text("down")


def test_names_and_words_are_no_markup(bench: Bench) -> None:
    run = [Moment(0, "sent", append=1), Moment(1, "failed", append=1, words=HOSTILE)]
    widget = bench.show(ClusterLab(run, nodes=[HOSTILE], title=HOSTILE))
    expect(widget.locator(".es-moment")).to_contain_text("<img src=x onerror=")
    expect(widget.get_by_role("rowheader")).to_contain_text("<img src=x onerror=")
    expect(widget.locator("img")).to_have_count(0)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700, 390])
def test_it_fits_in_both_themes(played: Locator, bench: Bench, theme: str, width: int) -> None:
    bench.check_it_fits(played, theme, width, "cluster")

"""Each incident happens with production's code, ends with the repair, and only with a right one."""

from __future__ import annotations

import re
import textwrap
from functools import cache

import pytest

from eventsourcing_kit import exercises
from eventsourcing_kit.exercises.verdict import NOT_ATTEMPTED, RIGHT, WRONG
from eventsourcing_kit.interview.corpus import TOPICS
from eventsourcing_kit.interview.on_call import SCENES, Repair, Scene, pages
from eventsourcing_kit.interview.on_call.page import Page
from eventsourcing_kit.interview.on_call.repair import Source, build
from eventsourcing_kit.interview.on_call.scene import Trial, first_said
from eventsourcing_kit.interview.on_call.site import Site, ask, tables_of

PAGES = pages()
each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())


def scene_of(page: Page) -> Scene:
    return SCENES[page.id]()


def happened(page: Page) -> Site:
    """The store as the engineer on call finds it."""
    scene = scene_of(page)
    site = Site(scene.tables)
    scene.happen(site, build(page, page.code), 0)
    return site


@cache
def tried(name: str, code: str) -> tuple[Trial, ...]:
    page = PAGES[name]
    return scene_of(page).tried(build(page, code))


def test_each_page_has_its_scene() -> None:
    assert PAGES.keys() == SCENES.keys()


# --- it happens ----------------------------------------------------------------------------------


@each_page
def test_it_happens_and_the_same_each_time(page: Page) -> None:
    with happened(page) as one, happened(page) as other:
        assert scene_of(page).wrong(one) > 0
        assert one.log() == other.log()
        for name, columns in tables_of(one):
            query = f"SELECT * FROM {name} ORDER BY ALL" if columns else ""
            assert ask(one, query) == ask(other, query)


@each_page
def test_the_store_shows_the_cause(page: Page) -> None:
    with happened(page) as site:
        answer = ask(site, page.query)
        assert not answer.error
        assert answer.rows[0][0] == scene_of(page).evidence(site)


@each_page
def test_the_right_action_is_the_best_one_on_the_store(page: Page) -> None:
    left = []
    for number in range(1, len(page.actions) + 1):
        with happened(page) as site:
            scene_of(page).act(site, number)
            left.append(scene_of(page).wrong(site))
    best = page.action - 1
    assert all(left[best] < other for n, other in enumerate(left) if n != best), left


# --- the repair ----------------------------------------------------------------------------------


@each_page
def test_productions_code_fails(page: Page) -> None:
    assert tried(page.id, page.code)[0].said, "on the night as it was"


@each_page
def test_the_cure_holds_on_every_course_of_events(page: Page) -> None:
    assert first_said(tried(page.id, page.cure)) == ""


@each_page
def test_each_wrong_repair_fails_in_its_own_way(page: Page) -> None:
    behaviours = [tried(page.id, code) for code in (page.code, *(one.code for one in page.wrong))]
    assert all(map(first_said, behaviours))
    assert len(set(behaviours)) == len(behaviours), "each is told from the others by what it does"


# --- the judge, on one page ----------------------------------------------------------------------

ONE = Repair("one-deposit-missing")


def test_what_was_not_changed_was_not_attempted() -> None:
    assert ONE.judge(Source(ONE.page.code)).outcome == NOT_ATTEMPTED


def test_a_function_out_of_a_cell_is_judged_as_its_text_is() -> None:
    by_text = ONE.judge(Source(ONE.page.cure))
    assert by_text.outcome == RIGHT
    assert ONE.judge(build(ONE.page, ONE.page.cure)) == by_text


def test_a_wrong_repair_that_is_known_gets_its_sentence() -> None:
    wrong = ONE.page.wrong[0]
    verdict = ONE.judge(Source(wrong.code))
    assert (verdict.outcome, verdict.recognised) == (WRONG, 0)
    assert verdict.message.endswith(wrong.says)


def test_another_one_is_told_what_is_seen_and_no_cause() -> None:
    verdict = ONE.judge(Source("def take(checkpoint, visible, now):\n    return visible[:1]"))
    assert (verdict.outcome, verdict.recognised) == (WRONG, None)
    assert re.match(r"\d+ balances? differs?", verdict.message)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def take(:", "Python cannot read it"),
        ("x = 1", "your code has to define 'take'"),
        ("def take(a, b, c):\n    return 1 / 0", "ZeroDivisionError in line 2"),
    ],
)
def test_code_that_does_not_run_is_told_so(code: str, said: str) -> None:
    verdict = ONE.judge(Source(code))
    assert verdict.outcome == WRONG
    assert said in verdict.message


def test_it_runs_in_a_process_of_its_own() -> None:
    assert ONE.check(Source(ONE.page.cure)).right
    endless = ONE.check(Source("import os\ndef take(a, b, c):\n    os._exit(3)"))
    assert "ended the process" in endless.message


# --- what the pages name -------------------------------------------------------------------------


@each_page
def test_a_page_belongs_to_a_topic_and_to_a_chapter(page: Page) -> None:
    assert page.topic in TOPICS
    assert page.chapter in {one.number for one in exercises.chapters()} | {11, 13, 15, 16}
    assert 1 <= page.cause <= len(page.causes)
    assert sum(action.is_right for action in page.actions) == 1
    assert page.id not in page.source.url


def test_no_two_pages_tell_of_the_same_report() -> None:
    urls = [page.source.url for page in PAGES.values()]
    assert len(set(urls)) == len(urls)


# --- what people try, besides the wrong repairs of the pages -----------------------------------

TRIED = {
    "what one process remembers is gone when it starts again": (
        "the-weekend-again",
        """
        paid = set()


        def pay(db, message):
            if message.event_id in paid:
                return
            paid.add(message.event_id)
            row = [message.event_id, message.offset, message.account, message.amount]
            db.execute("INSERT INTO payments VALUES (?, ?, ?, ?)", row)
        """,
    ),
    "two instances do not share their memory": (
        "rows-doubled",
        """
        done = set()


        def apply(db, event, seen, me):
            if event.position in done:
                return False
            done.add(event.position)
            row = [event.stream_id, event.position, event.data["amount"], me]
            db.execute("INSERT INTO statement VALUES (?, ?, ?, ?)", row)
            db.execute("UPDATE checkpoint SET position = ?", [event.position])
            return True
        """,
    ),
    "the first list that is not empty need not have the lowest": (
        "lost-after-failover",
        """
        def checkpoint(last_sent, under_way, retry):
            return min(retry or under_way or [last_sent + 1]) - 1
        """,
    ),
    "nobody else is to wait for a dead letter": (
        "the-old-address",
        """
        def handle(event, apply, letters):
            if letters:
                letters.append(event)
                return
            try:
                apply(event)
            except Exception:
                letters.append(event)
        """,
    ),
    "an order of its own is none": (
        "first-of-each-page",
        """
        def upcast_all(pages, make_upcaster):
            events = [event for page in pages for event in page]
            events.sort(key=lambda event: event.stream_id)
            upcaster = make_upcaster()
            return [upcaster(event) for event in events]
        """,
    ),
    "one event at a time passes over the late one as well": (
        "one-deposit-missing",
        """
        def take(checkpoint, visible, now):
            return visible[:1]
        """,
    ),
    "an acknowledgement more is not a position more": (
        "starts-over-each-time",
        """
        def advance(checkpoint, sent, acked):
            return checkpoint + len(acked)
        """,
    ),
    "a wait that is long for all makes nobody dead": (
        "two-mails-each",
        """
        def settings(work):
            return {"ack_wait": 3600, "batch": 1}
        """,
    ),
    "a retry is told by its id and not by its number": (
        "tried-five-times",
        """
        def envelope(row_id, attempt):
            return {"msg_id": f"{row_id}-{min(attempt, 2)}", "order_id": attempt}
        """,
    ),
    "a callback that asks nothing marks what is lost": (
        "sent-says-the-outbox",
        """
        def relay(waiting, broker, mark_sent):
            for message in waiting:
                broker.produce(message, lambda error, message=message: mark_sent(message))
            broker.flush()
        """,
    ),
}


@pytest.mark.parametrize(("name", "code"), TRIED.values(), ids=TRIED)
def test_what_people_try_is_refused(name: str, code: str) -> None:
    assert first_said(tried(name, textwrap.dedent(code).strip()))

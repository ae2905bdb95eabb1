"""Each incident happens with production's code, ends with the repair, and only with a right one."""

from __future__ import annotations

import re
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

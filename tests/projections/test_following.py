"""Effects and followers: what fails is named, tried again, and holds up nothing else."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import EffectFailed, ProjectionTimeout
from eventsourcing_kit.projections import Projection, ReadModels
from eventsourcing_kit.projections.projection import Model
from tests.projections.cases import TABLES, add, balances, expected, put, shown


class Post:
    """An effect that notes the positions of its events, and refuses some while it is closed."""

    def __init__(self, *refused: int) -> None:
        self.sent: list[int] = []
        self.refused = set(refused)

    def __call__(self, event: es.RecordedEvent) -> None:
        if event.position in self.refused:
            raise OSError("no stamp")
        self.sent.append(event.position)


def sending(post: Any, name: str = "balances", **options: Any) -> Projection:
    return Projection(name, TABLES, {"Moved": add}, effects={"Moved": post}, **options)


class TestEffects:
    def test_they_are_run_once_and_not_again(self, store: Any, models: ReadModels) -> None:
        post = Post()
        put(store, 1, 2)
        models.catch_up(sending(post))
        models.rebuild(sending(post))
        models.catch_up(sending(post))
        put(store, 3)
        models.catch_up(sending(post))
        assert post.sent == [1, 2, 3]

    def test_they_begin_where_it_is_said(self, store: Any, models: ReadModels) -> None:
        post = Post()
        put(store, 1, 2, 3)
        models.catch_up(sending(post, effects_after=2))
        assert post.sent == [3]

    def test_one_that_fails_stops_alone_and_is_run_again_in_order(
        self, store: Any, models: ReadModels
    ) -> None:
        failing, other = Post(2), Post()
        put(store, 1, 2, 3)
        caught = models.catch_up(sending(failing), sending(other, "others"))
        failure = caught["balances"].failure
        assert isinstance(failure, EffectFailed)
        assert caught["balances"].effect_failure is failure
        assert (failure.projection, failure.position, failure.type) == ("balances", 2, "Moved")
        assert isinstance(failure.error, OSError)
        assert "effect" in str(failure)
        assert caught["others"].failure is None
        assert (failing.sent, other.sent) == ([1], [1, 2, 3])
        put(store, 4)
        assert isinstance(models.catch_up(sending(failing))["balances"].failure, EffectFailed)
        assert models.checkpoint(sending(failing)) == 4, "the read model goes on"
        assert shown(models) == expected(store)
        failing.refused.clear()
        assert models.catch_up(sending(failing))["balances"].failure is None
        assert failing.sent == [1, 2, 3, 4]

    def test_both_can_fail(self, store: Any, models: ReadModels) -> None:
        def refuses(model: Model, event: es.RecordedEvent) -> None:
            if event.position == 3:
                raise ValueError("three")

        put(store, 1, 2, 3)
        both = Projection("both", TABLES, {"Moved": refuses}, effects={"Moved": Post(1)})
        caught = models.catch_up(both)["both"]
        assert caught.failure is not None
        assert caught.effect_failure is not None
        assert (caught.failure.position, caught.effect_failure.position) == (3, 1)

    @pytest.mark.parametrize(
        ("stop", "raised"),
        [
            (KeyboardInterrupt(), KeyboardInterrupt),
            (SystemExit(), SystemExit),
            (RuntimeError("Query interrupted"), KeyboardInterrupt),  # what DuckDB makes of Ctrl-C
            (es.errors.Interrupted("bank.duckdb", "was interrupted"), KeyboardInterrupt),
        ],
    )
    def test_who_stops_the_program_stops_it(
        self, store: Any, models: ReadModels, stop: BaseException, raised: type[BaseException]
    ) -> None:
        stops = True

        def stopping(*given: Any) -> None:
            if stops:
                raise stop

        put(store, 1)
        with pytest.raises(raised):
            models.catch_up(sending(stopping))
        handled = Projection("handled", TABLES, {"Moved": stopping}, on_failure=es.projections.SKIP)
        with pytest.raises(raised):
            models.catch_up(handled)
        stops = False
        assert models.catch_up(sending(stopping))["balances"].failure is None
        assert models.parked(handled) == []
        assert shown(models) == expected(store)

    def test_an_effect_may_catch_up_itself(self, store: Any, models: ReadModels) -> None:
        sent: list[int] = []

        def send(event: es.RecordedEvent) -> None:
            sent.append(event.position)
            if event.position < 4:
                put(store, 0)
                models.catch_up(sending(send))

        put(store, 1)
        models.catch_up(sending(send))
        models.catch_up(sending(send))
        models.catch_up(sending(send))
        models.catch_up(sending(send))
        assert sent == [1, 2, 3, 4]
        assert shown(models) == expected(store)


class TestFollowing:
    def test_what_one_has_written_is_there(self, store: Any, models: ReadModels) -> None:
        with models.following(balances()):
            for amount in range(1, 6):
                written = store.append(
                    "account-1", [es.NewEvent("Moved", {"amount": amount})], es.ANY
                )
                models.wait_until(balances(), written.position)
                assert shown(models)["account-1"][1] == amount

    def test_it_survives_a_failure_and_waiting_names_it(
        self, store: Any, models: ReadModels, caplog: pytest.LogCaptureFixture
    ) -> None:
        broken = True

        def moody(model: Model, event: es.RecordedEvent) -> None:
            add(model, event)
            if broken and event.position == 2:
                raise ValueError("thirteen")

        moods = balances(handlers={"Moved": moody})
        put(store, 1, 2, 3)
        with models.following(moods, sending(Post(), "others")):
            models.wait_until(sending(Post(), "others"), 3)
            with pytest.raises(ProjectionTimeout, match="position 2, Moved account-1"):
                models.wait_until(moods, 3, timeout=0.3)
            broken = False
            models.wait_until(moods, 3, timeout=120)
        assert shown(models) == expected(store)
        told = [one for one in caplog.records if "thirteen" in one.getMessage()]
        assert len(told) == 1, "logged, but once"

    def test_it_survives_what_is_raised(self, store: Any, models: ReadModels) -> None:
        put(store, 1)
        models.catch_up(balances())
        put(store, 2)
        with models.following(balances(version=2)):
            with pytest.raises(ProjectionTimeout, match=r"ProjectionOutdated: .* Call rebuild"):
                models.wait_until(balances(version=2), 2, timeout=0.3)
            models.rebuild(balances(version=2))
            put(store, 3)
            models.wait_until(balances(version=2), 3, timeout=120)

    def test_it_goes_on_past_an_effect_that_fails(self, store: Any, models: ReadModels) -> None:
        post = Post(1)
        put(store, 1, 2)
        with models.following(sending(post)):
            models.wait_until(sending(post), 2, timeout=120)
            post.refused.clear()
            for _ in range(500):
                if post.sent == [1, 2]:
                    break
                threading.Event().wait(0.02)
        assert post.sent == [1, 2]

    def test_what_is_no_exception_ends_it_and_is_raised_at_the_end(
        self, store: Any, models: ReadModels, caplog: pytest.LogCaptureFixture
    ) -> None:
        def leaves(model: Model, event: es.RecordedEvent) -> None:
            raise SystemExit("leaving")

        put(store, 1)
        leaving = balances(handlers={"Moved": leaves})
        with (
            pytest.raises(SystemExit, match="leaving"),
            models.following(leaving),
            pytest.raises(ProjectionTimeout, match="SystemExit: leaving"),
        ):
            models.wait_until(leaving, 1, timeout=0.3)
        assert [one.levelno for one in caplog.records] == [logging.ERROR]

    def test_it_ends_in_the_middle_of_a_pause(self, store: Any, models: ReadModels) -> None:
        before = threading.active_count()
        with models.following(balances(), every=3600):
            models.wait_until(balances(), 0)
        assert threading.active_count() == before

    @pytest.mark.parametrize("every", [0, -1, float("nan"), "1", None])
    def test_nonsense_is_refused_before_it_begins(self, models: ReadModels, every: Any) -> None:
        with (
            pytest.raises(es.InvalidInput, match="every"),
            models.following(balances(), every=every),
        ):
            raise AssertionError("not begun")
        with pytest.raises(es.InvalidInput, match="projection"), models.following("balances"):  # type: ignore[arg-type]
            raise AssertionError("not begun")

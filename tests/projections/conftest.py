"""A store in memory, and its read models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.projections import ReadModels


@pytest.fixture
def store() -> Iterator[es.EventStore]:
    with es.open_store(":memory:") as store:
        yield store


@pytest.fixture
def models(store: Any) -> Iterator[ReadModels]:
    with ReadModels(store) as models:
        yield models

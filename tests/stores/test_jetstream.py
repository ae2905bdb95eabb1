"""The JetStream engine: the conformance suite, on one node and on three, and what is its own."""

from __future__ import annotations

import pytest

from eventsourcing_kit.servers import JetStream
from eventsourcing_kit.stores.conformance import LogConformance
from tests.stores.jetstream import BankFactory


class TestOneNode(LogConformance):
    @pytest.fixture
    def factory(self, jetstream_node: JetStream) -> BankFactory:
        return BankFactory(jetstream_node)


class TestThreeNodes(LogConformance):
    @pytest.fixture
    def factory(self, jetstream_cluster: JetStream) -> BankFactory:
        return BankFactory(jetstream_cluster)

"""A recorder on three real servers, and the store that they keep: nothing acknowledged is lost."""

from __future__ import annotations

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.cluster_runs import Node, Recorder


@pytest.fixture
def run(own_jetstream: es.servers.JetStream) -> Recorder:
    store = es.open_store(f"{own_jetstream.url}/bank", replicas=3)

    def append() -> int:
        deposit = es.NewEvent("MoneyDeposited", {"amount": 100, "currency": "EUR"})
        return store.append("account-1", [deposit], expected_version=es.ANY).position

    return Recorder(own_jetstream, append, lambda: own_jetstream.seen("bank"))


def test_nodes_are_killed_and_paused_and_what_was_acknowledged_stays(
    run: Recorder, own_jetstream: es.servers.JetStream
) -> None:
    run.settle(30)
    assert run.append() == "acknowledged"
    leader = run.state.leader
    run.do("kill", leader)
    run.settle(30)
    assert run.state.leader not in ("", leader)
    assert run.append() == "acknowledged"
    run.do("start", leader)
    run.settle(30)
    paused = next(name for name in run.nodes if name != run.state.leader)
    run.do("pause", paused)
    assert run.append() == "acknowledged"
    assert run.state.nodes[paused].state == "paused"
    assert paused not in own_jetstream.seen("bank")
    run.do("resume", paused)
    run.settle(30)
    assert run.state.acknowledged_to == run.state.on_a_majority == 3
    assert run.state.nodes == dict.fromkeys(run.nodes, Node("up", 3))


def test_with_one_node_of_three_nobody_leads_and_nothing_is_acknowledged(run: Recorder) -> None:
    run.settle(30)
    run.append()
    first, second, _ = run.nodes
    run.do("kill", first)
    run.do("kill", second)
    run.settle(30)
    assert run.state.leader == ""
    assert run.append() == "unknown"
    run.do("start", first)
    run.do("start", second)
    run.settle(30)
    assert run.append() == "acknowledged"
    assert run.state.acknowledged_to <= run.state.on_a_majority


def test_a_single_server_leads_itself(jetstream_node: es.servers.JetStream) -> None:
    with es.open_store(f"{jetstream_node.url}/alone") as store:
        store.append("a-1", [es.NewEvent("Made", {})], expected_version=0)
        assert jetstream_node.seen("alone") == {"n1": (1, "n1")}
    assert jetstream_node.seen("no_such_log") == {}

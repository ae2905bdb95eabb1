"""The claims that a real server has to show."""

from __future__ import annotations

import os

import pytest

from eventsourcing_kit.interview.claims import Claim, run
from tests.interview.test_claims import CLAIMS, SERVERS
from tests.real_servers import is_here

ON_SERVERS = [claim for claim in CLAIMS if claim.needs]


@pytest.mark.parametrize("claim", ON_SERVERS, ids=lambda claim: claim.id)
def test_it_prints_what_its_file_says(claim: Claim) -> None:
    if os.environ.get("CI") != "true" and not all(map(is_here, SERVERS[claim.needs])):
        pytest.skip(f"needs {claim.needs}")
    assert run(claim).output == claim.prints

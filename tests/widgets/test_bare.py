from __future__ import annotations

import json
from base64 import b64decode

from eventsourcing_kit.widgets import FoldSteps, TimeTravel, bare
from tests.widgets.sample import sample_histories


def test_a_page_is_whole() -> None:
    page = bare.page(TimeTravel(sample_histories()))
    assert page.startswith("<!DOCTYPE html>")
    for elsewhere in ('src="', "@import", "url(", "https://"):
        assert elsewhere not in page


def test_the_state_is_the_widgets_own_and_fits_into_json() -> None:
    travel = TimeTravel(sample_histories())
    state = json.loads(json.dumps(bare.parts(travel)["state"]))
    assert b64decode(state["packed"]["base64"]) == travel.packed
    assert (state["index"], state["account"]) == (60, "account-1")
    assert set(state) == {
        *(
            "title",
            "packed",
            "account",
            "index",
            "time",
            "start",
            "end",
            "by",
            "order",
            "off",
            "plane",
        ),
        *("balance", "error"),
    }


def test_no_text_ends_the_script_it_is_in() -> None:
    page = bare.page(FoldSteps(lambda count, _: count + 1, ["e"], 0, title="</script><img src=x>"))
    assert "</script><img" not in page
    assert "\\u003c/script>\\u003cimg src=x>" in page

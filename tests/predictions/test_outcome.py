"""What the cell below a prediction shows, in a real kernel: whole, in order, and folded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.notebooks.execute import clean

Outputs = Callable[..., list[list[Any]]]
PREDICT = 'import eventsourcing_kit as es\nprediction = es.predict("yes", "no")\nprediction'


@pytest.fixture(scope="module")
def client() -> Iterator[NotebookClient]:
    client = NotebookClient(new_notebook(), kernel_name="python3", allow_errors=True)
    with client.setup_kernel():
        yield client


@pytest.fixture
def outputs_below(client: NotebookClient) -> Outputs:
    """What each cell shows that is run after a prediction, as a notebook would keep it."""

    def run(*sources: str) -> list[list[Any]]:
        cells = [new_code_cell(source) for source in (PREDICT, *sources)]
        client.nb.cells = cells
        for index, cell in enumerate(cells):
            client.execute_cell(cell, index)
        clean(client.nb)
        return [cell.outputs for cell in cells[1:]]

    return run


def folded(output: Any) -> Tag:
    """What is inside of the fold, which is closed."""
    html = BeautifulSoup(output.data["text/html"], "html.parser")
    [fold] = html.find_all("details", class_="es-outcome")
    assert not fold.has_attr("open")
    assert fold.parent is html
    assert len(html.find_all(recursive=False)) == 1
    return fold


def test_print_and_results_stand_in_one_fold_in_their_order(outputs_below: Outputs) -> None:
    [[output]] = outputs_below(
        'print("one")\nprint("two <b>")\ndisplay({"text/html": "<i>three</i>"}, raw=True)\n'
        'print("four")\n5'
    )
    texts = [each.get_text() for each in folded(output).find_all(["pre", "i"])]
    assert texts == ["one\ntwo <b>", "three", "four", "5"]
    assert "one" in output.data["text/plain"]


def test_pictures_and_markdown_are_folded_too(outputs_below: Outputs) -> None:
    [[output]] = outputs_below(
        "from IPython.display import Markdown\n"
        "display(es.plots.picture(es.plots.subplots()[0], 'An empty plot'))\n"
        "display({'image/png': 'iVBORw0KGgo=', 'text/plain': 'A dot'}, raw=True)\n"
        "Markdown('**bold**')"
    )
    fold = folded(output)
    assert [image["alt"] for image in fold.find_all("img")] == ["An empty plot", "A dot"]
    assert fold.strong is not None


def test_only_the_next_cell_is_folded_and_run_again_it_is_plain(outputs_below: Outputs) -> None:
    first, second = outputs_below("1", "2")
    folded(first[0])
    assert second[0].data == {"text/plain": "2"}


def test_a_cell_that_shows_nothing_has_no_fold(outputs_below: Outputs) -> None:
    assert outputs_below("x = 1") == [[]]


def test_a_widget_stays_in_sight_with_its_picture(outputs_below: Outputs) -> None:
    [outputs] = outputs_below("print(1)\nes.predict('a', 'b')")
    still, fold = outputs
    assert 'class="es-still"' in still.data["text/html"]
    assert folded(fold).get_text().split()[-1] == "1"


def test_an_error_is_told_and_what_came_before_it_is_kept(outputs_below: Outputs) -> None:
    [outputs], after = outputs_below("print(1)\n1 / 0", "print(2)")[0:1], None
    assert after is None
    assert {output.output_type for output in outputs} == {"error", "display_data"}


def test_standard_error_is_not_held_back(outputs_below: Outputs) -> None:
    [[output]] = outputs_below("import sys; print('slow', file=sys.stderr)")
    assert output.name == "stderr"


def test_the_prediction_learns_that_the_cell_was_run(outputs_below: Outputs) -> None:
    before, _, after = outputs_below("prediction.ran", "1", "prediction.ran")
    assert folded(before[0]).get_text().split()[-1] == "0"
    assert after[0].data["text/plain"] == "1"


def test_without_a_notebook_nothing_is_held_back(capsys: pytest.CaptureFixture[str]) -> None:
    import eventsourcing_kit as es

    es.predict("yes", "no")
    print("seen")
    assert capsys.readouterr().out == "seen\n"

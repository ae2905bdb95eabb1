from __future__ import annotations

from collections import Counter
from typing import Any

from bs4 import BeautifulSoup

from eventsourcing_kit.book.terms import glossary, mark


def marked(html: str) -> Any:
    soup = BeautifulSoup(f'<main><div class="prose">{html}</div></main>', "html.parser")
    mark(soup.main)
    return soup


def test_each_form_of_a_word_belongs_to_one_term() -> None:
    forms = Counter(form.lower() for term in glossary() for form in (term.term, *term.also))
    assert [form for form, count in forms.items() if count > 1] == []


def test_an_explanation_is_short() -> None:
    for term in glossary():
        assert 30 < len(term.means) < 200, term.term
        assert term.means.endswith(".")


def test_the_first_use_in_a_section_is_explained() -> None:
    soup = marked("<p>A projection. Projections!</p><h2>Next</h2><p>Two <b>projections</b>.</p>")
    assert [dfn.text for dfn in soup.find_all("dfn")] == ["projection", "projections"]
    assert soup.dfn["tabindex"] == "0"
    assert soup.dfn["data-means"].startswith("A reader of events")


def test_the_longer_term_wins_and_parts_of_words_are_left_alone() -> None:
    soup = marked("<p>The expected version of event-sourced eventual streams.</p>")
    assert [dfn.text for dfn in soup.find_all("dfn")] == ["expected version", "streams"]


def test_code_links_and_headings_are_left_alone() -> None:
    html = '<h2>Projection</h2><p><code>event</code> <a href="#x">stream</a></p><pre>fold</pre>'
    assert marked(html).find_all("dfn") == []


def test_what_stands_around_a_term_stays_text() -> None:
    soup = marked("<p>a &lt; b &amp; an event &lt;i&gt;</p>")
    assert soup.p.text == "a < b & an event <i>"
    assert soup.find("i") is None

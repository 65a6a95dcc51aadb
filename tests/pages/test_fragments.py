"""Fragments stand in somebody else's page: they say what they are given, and do nothing else."""

from html.parser import HTMLParser

import pytest

from ctbone.pages import (
    Cell,
    Facts,
    Figure,
    Folded,
    Fragment,
    Image,
    Note,
    Paragraph,
    Table,
    render_fragment,
)
from tests.pages.test_rendering import HOSTILE, SVG, Seen


class Nesting(HTMLParser):
    """Whether every tag that opens is closed, in order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.ends = [], []
        self.feed(page)

    def handle_starttag(self, tag, _attrs):
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag):
        self.ends.append((tag, self.open.pop()))


def everything(text):
    table = Table(title=text, columns=(text, "n"), rows=((text, Cell("7", 7.0)),), note=text)
    figure = Figure(svg=SVG, alt=text, caption=text)
    picture = Image(content=b"\x89PNG", form="png", alt=text)
    toned = Facts(items=((text, Cell(text, tone="alert")),), title=text)
    folded = Folded(summary=text, blocks=(Note(text),))
    return Fragment(
        title=text, pieces=(table, toned, figure, picture, folded, Note(text), Paragraph(text))
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_text_holds_is_shown_and_not_run(text):
    seen = Seen(render_fragment(everything(text)))
    assert not {tag for tag, _ in seen.tags} & {"script", "style", "link", "svg", "iframe"}
    assert all(set(attributes) <= {"style", "scope", "src", "alt"} for _, attributes in seen.tags)
    assert sum(text in part for part in seen.text) == 12
    assert [image["alt"] for image in seen.all("img")] == [text, text]


def test_nothing_is_asked_of_anywhere_else():
    shown = render_fragment(everything("text"))
    sources = [image["src"].split(",")[0] for image in Seen(shown).all("img")]
    assert sources == ["data:image/svg+xml;base64", "data:image/png;base64"]
    assert "http" not in shown
    assert "url(" not in shown


def test_it_closes_what_it_opens():
    found = Nesting(render_fragment(everything("text")))
    assert found.open == []
    assert all(end == begun for end, begun in found.ends)


def test_numbers_stand_to_the_right_and_an_empty_title_nowhere():
    table = Table(title="", columns=("name", "n"), rows=(("a", Cell("7", 7.0)),))
    cells = Seen(render_fragment(Fragment(title="", pieces=(table,)))).all("td")
    assert ["right" in cell["style"] for cell in cells] == [False, True]
    assert not Seen(render_fragment(Fragment(title="", pieces=(table,)))).all("p")

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone import drawing
from ctbone.pages import (
    Cell,
    Entry,
    Facts,
    Figure,
    Folded,
    Gallery,
    Link,
    Listing,
    Note,
    Page,
    Paragraph,
    Picture,
    Section,
    Table,
    render,
)

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><g id="a"/></svg>'
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style>", "{{ 7*7 }}"]


class Seen(HTMLParser):
    """Tags, attributes and text as a browser would see them."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def page_with(*blocks, **options):
    options = {"title": "T", "lead": "L", **options}
    return Page(sections=(Section(title="S", blocks=blocks),), **options)


def everything(text):
    table = Table(title=text, columns=(text, "n"), rows=((text, Cell(text, 1.5)),), note=text)
    figure = Figure(svg=SVG, alt=text, caption=text)
    picture = Picture(path=f"pictures/{text}.png", alt=text, caption=text)
    return Page(
        title=text,
        lead=text,
        footer=text,
        sections=(
            Section(
                title=text,
                aside=text,
                blocks=(
                    table,
                    Gallery(items=(figure, picture), title=text),
                    Paragraph(text),
                    Paragraph(text, quotable=True),
                    Link(path=f"{text}.html", text=text),
                    Note(text),
                    Folded(summary=text, blocks=(table, figure, picture)),
                ),
            ),
        ),
    )


def shape(page):
    """Tags and the names of their attributes: what no data may change."""
    return [(tag, sorted(attributes)) for tag, attributes in Seen(render(page)).tags]


# Texts that HTML cannot carry as they are (control characters) come from no table.
TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40)


@settings(deadline=None)
@given(TEXTS | st.sampled_from(HOSTILE))
def test_no_text_becomes_markup(text):
    assert shape(everything(text)) == shape(everything("plain"))
    seen = Seen(render(everything(text)))
    assert seen.text.count(text) >= 13
    assert {a["alt"] for a in seen.all("img")} == {text}
    assert {a["aria-label"] for a in seen.all("svg")} == {text}


def test_nothing_is_asked_of_anywhere_else():
    page = render(everything("plain"))
    assert not re.search(r"(https?:)?//[a-z]", page.replace("http://www.w3.org/2000/svg", ""))
    assert {a["src"] for a in Seen(page).all("img")} == {"pictures/plain.png"}


def test_a_path_leads_nowhere_but_below_the_page():
    picture = Picture(path="javascript:alert(1)", alt="", caption="")
    assert Seen(render(page_with(picture))).all("a")[0]["href"] == "javascript%3Aalert%281%29"


def test_the_policy_names_the_one_script():
    page = render(page_with())
    script = page.partition("<script>")[2].partition("</script>")[0]
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = next(a["content"] for a in Seen(page).all("meta") if "http-equiv" in a)
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


def test_numbers_stand_right_and_carry_what_they_sort_by():
    rows = (("A", Cell("1.2e3", 1200.0)), ("B", Cell("none")))
    seen = Seen(render(page_with(Table(title="t", columns=("a", "b"), rows=rows))))
    first, second = seen.all("td")
    assert first == {"class": "number", "data-number": "1200.0"}
    assert second == {"class": "number"}
    assert [a.get("class") for a in seen.all("th") if a["scope"] == "col"] == [None, "number"]
    assert "data-sortable" in seen.all("table")[0]


@pytest.mark.parametrize(("rows", "sortable"), [((("A",), ("B",)), False), ((("A",),), True)])
def test_what_cannot_be_sorted_offers_no_order(rows, sortable):
    table = Table(title="t", columns=("a",), rows=rows, sortable=sortable)
    assert "data-sortable" not in Seen(render(page_with(table))).all("table")[0]


def test_ids_of_figures_and_sections_are_unique():
    page = render(page_with(*[Figure(svg=SVG, alt="", caption="")] * 3))
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids)) == 4


def test_contents_lead_to_every_section():
    sections = tuple(Section(title=f"Part {i}", blocks=()) for i in range(3))
    page = render(Page(title="T", lead="", sections=sections))
    seen = Seen(page)
    assert [a["href"] for a in seen.all("a")] == ["#s1", "#s2", "#s3"]
    assert [a["id"] for a in seen.all("section")] == ["s1", "s2", "s3"]


def test_a_page_states_its_language():
    assert Seen(render(page_with(language="de"))).all("html") == [{"lang": "de"}]


def test_pages_wear_the_colours_of_figures():
    page = render(page_with())
    for name, colour in (
        ("ink", drawing.INK),
        ("accent", drawing.ACCENT),
        ("quiet", drawing.QUIET),
    ):
        assert f"--{name}: {colour};" in page


def test_the_same_page_twice_is_the_same_bytes():
    assert render(everything("a")) == render(everything("a"))


def light(colour):
    """Relative luminance of a colour, as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("side", [0, 1])
def test_words_can_be_read_on_what_they_stand_on_by_day_and_by_night(side):
    root = re.findall(r":root \{([^}]*)\}", render(page_with()))[side]
    colours = dict(re.findall(r"--([\w-]+): (#\w+)", root))
    pairs = [(word, f"on-{word}") for word in ("calm", "watch", "alert")]
    pairs += [(word, on) for word in ("ink", "label", "link") for on in ("page", "soft")]
    for word, on in pairs:
        low, high = sorted((light(colours[word]), light(colours[on])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (word, on)


def test_a_listing_leads_to_pages_and_facts_stand_by_name():
    entry = Entry(path="s/a b.html", name="one", thumbnail="t/1.jpg", cells=("x", Cell("2", 2.0)))
    listing = Listing(title="t", name="study", columns=("a", "n"), entries=(entry,) * 101)
    facts = Facts(items=(("Name", Cell("bad", tone="alert")),), title="F")
    page = render(page_with(listing, facts, ways=(Link(path="i.html", text="Up"),), is_wide=True))
    seen = Seen(page)
    assert seen.all("tbody") == [{"role": "rowgroup"}] * 2
    assert len(seen.all("img")) == 101
    assert {a["href"] for a in seen.all("a")} == {"s/a%20b.html", "i.html"}
    assert {"class": "badge alert"} in seen.all("span")
    assert seen.all("body") == [{"class": "wide"}]


def test_a_listing_has_a_cell_a_column():
    with pytest.raises(ValueError, match="t: expected 1 cells, found 0 for one"):
        Listing(title="t", name="n", columns=("a",), entries=(Entry(path="p", name="one"),))


@pytest.mark.parametrize("text", HOSTILE)
def test_data_for_a_script_end_no_script(text):
    page = render(page_with(data={"said": text}))
    held = page.partition('id="data">')[2].partition("</script>")[0]
    assert json.loads(held) == {"said": text}


def test_a_page_without_a_script_allows_none():
    page = render(page_with(), script=None)
    assert "<script" not in page
    assert "script-src 'none'" in page

from __future__ import annotations

import pytest

from ctbone.evaluation.checklist import (
    CHECKLISTS,
    OPEN,
    Item,
    checklist_rows,
    checklist_text,
    fill,
    load_checklist,
    shipped_checklists,
)
from ctbone.evaluation.facts import FACTS
from ctbone.resources import config_path


def test_the_checklists_ship_with_their_items():
    found = {checklist.name: checklist for checklist in shipped_checklists()}
    assert len(found) == len(CHECKLISTS)
    stard = [item.item for item in found["STARD 2015"].items]
    # Bossuyt et al., BMJ 2015;351:h5527: thirty items, four of them in two parts.
    parts = {10, 12, 13, 21}
    wanted = [f"{n}{p}" for n in range(1, 31) for p in ("ab" if n in parts else " ")]
    assert stard == [item.strip() for item in wanted]
    assert [item.item for item in found["CLAIM 2024"].items] == [str(n) for n in range(1, 45)]
    assert {item.item for item in found["STARD-AI"].items} == {""}


def test_what_was_not_checked_says_so():
    for checklist in shipped_checklists():
        assert "recalled" in checklist.verified


def test_every_fact_answers_something():
    asked = {name for c in shipped_checklists() for item in c.items for name in item.facts}
    assert asked == set(FACTS)


@pytest.fixture
def answers():
    return (
        {"item": "1", "facts": ["flow"]},
        {"item": "2", "facts": ["flow"], "authors": "the rest"},
        {"item": "3", "facts": ["flow", "weights"]},
        {"item": "4", "authors": "the title"},
        {"item": "5", "facts": ["weights"]},
    )


def write(folder, entries, **changes):
    import yaml

    given = [{"section": "s", "topic": f"topic {i['item']}"} | i for i in entries]
    keys = {"name": "N", "source": "S", "verified": "V", "items": given} | changes
    path = folder / "list.yaml"
    path.write_text(yaml.safe_dump(keys))
    return path


def test_an_answer_is_never_made_up(tmp_path, answers):
    checklist = load_checklist(write(tmp_path, answers))
    filled = fill(checklist, {"flow": "Ten came, nine went.", "weights": ""})
    assert [a.state for a in filled] == ["answered", "in part", "in part", "open", "open"]
    assert [a.text for a in filled] == ["Ten came, nine went."] * 3 + ["", ""]
    unknown = "digests of the weights (this run does not know it)"
    assert [a.authors_add for a in filled] == [
        "",
        f"{OPEN}: the rest",
        f"{OPEN}: {unknown}",
        f"{OPEN}: the title",
        f"{OPEN}: {unknown}",
    ]


def test_rows_and_text_hold_every_item(tmp_path, answers):
    checklist = load_checklist(write(tmp_path, answers))
    filled = [(checklist, fill(checklist, {}))]
    rows = list(checklist_rows(filled))
    assert [row["item"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert {row["state"] for row in rows} == {"open"}
    text = checklist_text(filled)
    assert text.startswith("# N\n\nS. V\n")
    assert text.count(OPEN) == 5


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([{"item": "1", "facts": ["luck"]}], r"list.yaml: item '1' asks .* \['luck'\]"),
        ([{"item": "1"}], "item '1' must be answered by facts or by its authors"),
        ([{"item": "1", "authors": "a", "who": "b"}], "list.yaml: .*unexpected keyword.*who"),
    ],
)
def test_an_item_that_cannot_be_answered_is_refused(tmp_path, items, message):
    with pytest.raises(ValueError, match=message):
        load_checklist(write(tmp_path, items))


@pytest.mark.parametrize("changes", [{"items": "none"}, {"extra": 1}, {"items": [3]}])
def test_a_file_that_is_no_checklist_is_refused(tmp_path, changes):
    with pytest.raises(ValueError, match=r"list\.yaml"):
        load_checklist(write(tmp_path, [{"item": "1", "authors": "a"}], **changes))


def test_items_are_checked_when_made():
    with pytest.raises(ValueError, match="must be answered"):
        Item(item="1", section="s", topic="t")


def test_shipped_files_are_found_by_name():
    assert all(config_path(f"checklists/{name}.yaml").is_file() for name in CHECKLISTS)

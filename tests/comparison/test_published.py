import pytest

from ctbone.comparison.published import REVIEW, beside_the_review
from ctbone.delimited import write_rows

POOLED = ("target", "quantity", "estimate", "lower", "upper")


def row(arm, *, split="external_test", target="osteoporosis", sensitivity=0.9):
    found = {"arm": arm, "split": split, "target": target, "reference": "QCT"}
    for name, value in (("sensitivity", sensitivity), ("specificity", 0.8)):
        if value is None:
            continue
        found |= {name: value, f"{name}_lower": value - 0.1, f"{name}_upper": value + 0.05}
    return found


def table_of(tmp_path, *rows):
    return [
        tuple(getattr(cell, "text", cell) for cell in line)
        for line in beside_the_review(tmp_path, rows).rows
    ]


def test_published_pooled_and_own_stand_together_the_lines_last(tmp_path):
    (tmp_path / "pooling").mkdir()
    write_rows(
        tmp_path / "pooling" / "summary.csv",
        POOLED,
        [
            dict(zip(POOLED, values, strict=True))
            for values in (
                ("osteoporosis", "sensitivity", 0.7, 0.6, 0.8),
                ("osteoporosis", "specificity", 0.6, 0.5, 0.7),
                ("osteoporosis", "tau2_sensitivity", 0.1, "", ""),
            )
        ],
    )
    found = table_of(tmp_path, row("hu_line"), row("a"), row("a", split="internal_test"))
    assert found[:4] == [
        ("osteoporosis", "published, pooled by the review", "their own", "0.88", "0.94"),
        (
            "osteoporosis",
            "all systems here, pooled",
            "all tests",
            "0.70 (0.60 to 0.80)",
            "0.60 (0.50 to 0.70)",
        ),
        ("osteoporosis", "a", "external test, QCT", "0.90 (0.80 to 0.95)", "0.80 (0.70 to 0.85)"),
        ("osteoporosis", "hu_line", "external test, QCT", *found[2][3:]),
    ]
    assert [line[0] for line in found[4:]] == ["osteopenia", "normal"]


def test_without_an_external_test_the_internal_one_is_shown(tmp_path):
    found = table_of(tmp_path, row("a", split="internal_test"))
    assert [line[2] for line in found if line[1] == "a"] == ["internal test, QCT"]


@pytest.mark.parametrize("accuracy", [(), ({"arm": "a", "split": "", "reason": "it failed"},)])
def test_where_no_arm_ended_well_what_is_published_stands_alone(tmp_path, accuracy):
    found = table_of(tmp_path, *accuracy)
    assert [line[0] for line in found] == list(REVIEW)


def test_what_an_arm_does_not_have_is_not_given(tmp_path):
    [own] = [line for line in table_of(tmp_path, row("a", sensitivity=None)) if line[1] == "a"]
    assert own[3] == "not given"

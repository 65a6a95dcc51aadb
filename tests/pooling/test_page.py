from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from ctbone.interchange import AccuracyTable, read_tables
from ctbone.interchange.naming import file_names
from ctbone.pooling.analysis import analyse
from ctbone.pooling.figures import draw
from ctbone.pooling.page import to_page, write_page
from ctbone.pooling.page.robustness import limits
from ctbone.pooling.page.sentences import methods, results

from .conftest import to_tables


def named(counts, target="", **covariates):
    return [
        AccuracyTable(
            study=f"Study {i}",
            target=target,
            table=table,
            covariates={name: values[i % len(values)] for name, values in covariates.items()},
        )
        for i, table in enumerate(counts)
    ]


@pytest.fixture(scope="module")
def whole(tables):
    years = [str(2000 + i) for i in range(14)]
    return analyse(named(tables["auditc"], "normal", validation=("in", "ex"), year=years))


@pytest.fixture(scope="module")
def bare():
    return analyse(named(to_tables([(9, 0, 0, 8)] * 2), "osteopenia"))


def headings(text):
    return [unescape(h) for h in re.findall(r"<h2>(.*?)(?: <small>.*?</small>)?</h2>", text)]


def tables_of(page):
    found = {}
    for section in page.sections:
        for block in section.blocks:
            for one in (block, *getattr(block, "blocks", ())):
                if one.kind == "table":
                    found[one.title] = one
    return found


def rows_of(table):
    return {row[0].text: [cell.text for cell in row[1:]] for row in table.cells}


def test_the_headline_sets_targets_beside_each_other(whole, bare):
    table = tables_of(to_page([bare, whole]))["Pooled values with 95\u00a0% intervals"]
    assert table.columns == ("Quantity", "osteopenia", "normal")
    rows = rows_of(table)
    s = whole.summary.sensitivity
    expected = f"{100 * s.estimate:.1f}\u00a0% ({100 * s.lower:.1f} to {100 * s.upper:.1f})"
    assert rows["Sensitivity"][1] == expected
    assert rows["LR+"][0] == "not given"
    assert rows["Tables"] == ["2", "14"]
    assert rows["Model"] == ["pooled counts", "bivariate"]


def test_a_page_has_every_topic_and_no_empty_one(whole, bare, tmp_path):
    text = write_page(tmp_path / "a" / "pooling.html", [whole]).read_text(encoding="utf-8")
    assert headings(text) == [
        "Pooled accuracy",
        "Text to quote",
        "What a result tells",
        "Heterogeneity",
        "Subgroups",
        "Influence and asymmetry",
        "Other ways of reckoning",
        "Counts of the studies",
        "Definitions",
        "Provenance",
    ]
    text = write_page(tmp_path / "b.html", [bare]).read_text(encoding="utf-8")
    assert "Subgroups" not in headings(text)
    assert "Other ways of reckoning" not in headings(text)


def test_figures_of_every_target_stand_in_the_page(whole, bare, tmp_path):
    names = file_names(a.target for a in (whole, bare))
    for analysis in (whole, bare):
        draw(analysis, tmp_path / "figures", suffix=names[analysis.target])
    path = tmp_path / "pooling.html"
    write_page(path, [whole, bare], figures=tmp_path / "figures")
    text = path.read_text(encoding="utf-8")
    drawn = len(list((tmp_path / "figures").glob("*.svg")))
    assert len(re.findall(r"<svg", text)) == drawn
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert "Fagan&#39;s nomogram: not drawn. There are no pooled likelihood ratios" in text
    assert not re.search(r'(src|href)="(?!#)', text)


def test_studies_have_counts_limits_and_weights(whole):
    table = tables_of(to_page([whole]))["Studies"]
    t = whole.tables[0].table
    cells = rows_of(table)["Study 0"]
    assert cells[:4] == [
        str(n) for n in (t.true_positives, t.false_positives, t.false_negatives, t.true_negatives)
    ]
    weights = [sum(row[i].number for row in table.cells) for i in (-2, -1)]
    assert weights == pytest.approx([100.0, 100.0])
    assert table.sortable


def test_subgroups_are_rows_with_their_tests(whole):
    table = tables_of(to_page([whole]))["Pooled values of subgroups"]
    found = whole.subgroups["validation"]
    assert [row[1].text for row in table.cells] == ["ex", "in"]
    assert {row[8].number for row in table.cells} == {found.chi2}
    assert tables_of(to_page([whole]))["Regression on numbers"].rows[0][0] == "year"


def test_dependence_and_midas_stand_beside_the_correct_values(tables):
    counts = tables["auditc"]
    rows = [replace(row, study=f"Study {i // 2}") for i, row in enumerate(named(counts))]
    found = tables_of(to_page([analyse(rows, compat="midas")]))
    apart = found["Pooled values, tables of one study apart or together"]
    assert len(apart.rows) >= 3
    assert "One table a study (7)" in rows_of(apart)
    printed = rows_of(found["As MIDAS v2.00 prints it"])
    assert "Wilson" in printed["Area under the SROC"][1]


def test_notes_say_which_target_they_are_of(bare, whole, tmp_path):
    path = write_page(tmp_path / "pooling.html", [bare, whole])
    text = unescape(path.read_text(encoding="utf-8"))
    for analysis in (bare, whole):
        for note in analysis.notes:
            assert f"{analysis.target}: {note}" in text


def test_names_from_the_data_cannot_become_markup(tables, tmp_path):
    evil = '<script>alert("x")</script>'
    rows = [
        replace(row, study=evil, target=evil) for row in named(tables["auditc"], v=(evil, "b"))
    ]
    analysis = analyse(rows)
    suffix = file_names([evil])[evil]
    draw(analysis, tmp_path / "figures", suffix=suffix)
    path = write_page(tmp_path / "p.html", [analysis], figures=tmp_path / "figures")
    text = path.read_text(encoding="utf-8")
    assert evil not in text
    assert text.count("<script>") == 1


def test_the_page_is_the_same_twice_and_names_its_origin(whole, tmp_path):
    one, two = (
        write_page(tmp_path / name, [whole], provenance={"tables": "a.csv"}).read_bytes()
        for name in ("a.html", "b.html")
    )
    assert one == two
    rows = rows_of(
        tables_of(to_page([whole], provenance={"tables": "a.csv"}))["What the page was made with"]
    )
    assert rows["tables"] == ["a.csv"]
    assert {"ctbone", "numpy", "scipy"} <= set(rows)


def test_a_page_without_an_analysis_is_a_mistake():
    with pytest.raises(ValueError, match="at least one analysis"):
        to_page([])


def test_results_are_told_from_the_numbers(whole, bare):
    told = results(whole)
    s = whole.summary
    assert told.startswith("For normal, 14 tables of 2,071 patients with and 16,261 without the")
    assert f"specificity of {100 * s.specificity.estimate:.1f}\u00a0%" in told
    assert f"I\u00b2 was {whole.homogeneity[0].i2:.0f}\u00a0% for sensitivity" in told
    assert "Deeks' test" in told
    assert "likelihood ratio" not in results(bare)
    assert "nan" not in (told + results(bare)).lower()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("exact", "adaptive Gauss-Hermite quadrature"),
        ("laplace", "Laplace's approximation"),
        ("normal_reml", "restricted maximum likelihood"),
    ],
)
def test_methods_name_the_model_that_was_fitted(tables, model, words):
    told = methods([analyse(named(tables["auditc"]), model=model)])
    assert words in told
    assert ("Half a patient" in told) == model.startswith("normal")


def test_conditions_of_the_same_patients_are_said_to_be_dependent(whole, bare):
    assert "not independent" in methods([bare, whole])
    assert "not independent" not in methods([whole])


def test_a_normal_target_has_no_healthy_patients(whole):
    rows = rows_of(tables_of(to_page([whole]))["Pooled values with 95\u00a0% intervals"])
    assert {"With the condition", "Without the condition"} <= set(rows)
    assert not re.search(r"diseased|healthy", results(whole))


def test_methods_without_a_model_claim_none(bare):
    told = methods([bare])
    assert "bivariate random-effects model (" not in told
    assert "pooled counts with exact limits" in told


@pytest.mark.slow
def test_every_set_has_a_page_without_a_gap(shared_data, tmp_path):
    for path in sorted((shared_data / "dta" / "datasets").glob("edge_*.csv")):
        try:
            analysis = analyse(read_tables(path))
        except ValueError:
            continue
        text = write_page(tmp_path / f"{path.stem}.html", [analysis]).read_text(encoding="utf-8")
        assert not re.search(r">(nan|inf|None)\b", text), path.stem


def test_methods_claim_influence_by_the_model_that_was_fitted(tables):
    told = methods([analyse(named(tables["auditc"]), model="normal_ml")])
    assert "Likelihood-ratio tests, subgroups and what concerns dependence are those" in told
    assert not re.search(r"[Ii]nfluence[^.]* exact", told)
    full = [(40 + 3 * i, 4 + i % 5, 6 + i % 4, 60 - 2 * i) for i in range(8)]
    told = methods([analyse(named(to_tables(full)), model="normal_ml")])
    assert "No table had an empty cell, and none was corrected." in told


def test_one_table_is_not_tested_for_heterogeneity():
    one = analyse([AccuracyTable(study="S", table=to_tables([(18, 17, 4, 25)])[0])])
    assert "Heterogeneity" not in methods([one])
    assert "Tests and shares" not in tables_of(to_page([one]))


def test_covariates_are_counted_before_a_difference_is_claimed(whole):
    told = results(whole)
    assert "did not differ" not in told
    assert set(whole.tested) == {"validation", "year"}
    below = [name for name, p in whole.tested.items() if p < 0.05]
    assert ("Of 2 covariates tested one at a time" in told) == bool(below)
    assert ("No difference in accuracy was shown by any of 2 covariates" in told) != bool(below)


def test_a_difference_that_many_tests_explain_is_said_to_remain_for_none(whole, monkeypatch):
    comparison = whole.subgroups["validation"]
    many = {f"x{i}": replace(comparison, p=0.5) for i in range(4)}
    found = replace(whole, subgroups={"a": replace(comparison, p=0.02), **many}, trends={})
    assert (
        "Of 5 covariates tested one at a time, accuracy differed by a (P = 0.020); after Holm's "
        "adjustment for 5 tests a difference remained for none."
    ) in results(found)
    found = replace(whole, subgroups={"a": replace(comparison, p=0.001), **many}, trends={})
    assert "a difference remained for a." in results(found)
    found = replace(whole, subgroups={"a": replace(comparison, p=0.3)}, trends={})
    assert "No difference in accuracy was shown by a (P = 0.30)." in results(found)


@pytest.mark.parametrize(("name", "few"), [("auditc", True), ("pet_axillary39", False)])
def test_profile_limits_are_quoted_where_tables_are_few(tables, name, few):
    found = analyse([AccuracyTable(study=f"S{i}", table=t) for i, t in enumerate(tables[name])])
    sensitivity = found.profile["sensitivity"]
    assert ("Profile likelihood limits were" in results(found)) is few
    assert ("limits from the profile likelihood" in methods([found])) is few
    told = f"sensitivity {sensitivity.lower:.3f} to {sensitivity.upper:.3f}"
    assert any(told in note for note in found.notes) is few


def test_the_three_kinds_of_limits_stand_side_by_side(tables):
    rows = [AccuracyTable(study=f"S{i}", table=t) for i, t in enumerate(tables["auditc"])]
    found = analyse(rows)
    table = limits(found)
    assert table.columns == ("Quantity", "Wald", "Profile likelihood", "Student's t")
    assert [row[0] for row in table.rows] == [
        "Sensitivity",
        "Specificity",
        "LR+",
        "LR-",
        "Diagnostic odds ratio",
    ]
    student = found.student["sensitivity"]
    assert table.rows[0][3].text == f"{100 * student.lower:.1f} to {100 * student.upper:.1f}"
    other = limits(analyse(rows, model="normal_reml"))
    assert {row[2].text for row in other.rows} == {"not given"}

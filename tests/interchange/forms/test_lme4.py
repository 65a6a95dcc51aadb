from __future__ import annotations

import re

import pytest

from ctbone.interchange import read_tables
from ctbone.interchange.forms import lme4
from ctbone.pooling import bivariate_summary

from .conftest import AUDITC, to_table


def test_a_table_is_two_rows(tmp_path):
    data, script = lme4.write(tmp_path, "lme4", [to_table("A", (1, 2, 3, 4))]).paths
    assert data.read_text() == "study,sens,spec,n,true\nA,1,0,4,1\nA,0,1,6,4\n"
    assert "(0 + sens + spec | study)" in script.read_text()


def test_tables_of_one_study_are_numbered(tmp_path):
    tables = [to_table("A", (1, 2, 3, 4)), to_table("A", (5, 6, 7, 8))]
    data, script = lme4.write(tmp_path, "lme4", tables).paths
    assert data.read_text().splitlines()[3] == "A,1,0,12,5,2"
    assert "(0 + sens + spec | table)" in script.read_text()
    assert [t.study for t in read_tables(data)] == ["A", "A"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "A,1,0,4,1\n",
            "line 2: expected a row with spec 1 as well for the study 'A', found none",
        ),
        ("A,0,1,4,1\nB,1,0,4,1\n", "line 2: expected a row with sens 1 as well for the study 'A'"),
        (
            "A,1,0,4,1\nA,1,0,4,1\n",
            "line 3: expected one row with sens 1 for the study 'A', found two, in lines 2 and 3",
        ),
        (
            "A,1,1,4,1\n",
            "line 2: expected 1 and 0, or 0 and 1, in sens and spec, found '1' and '1'",
        ),
        ("A,yes,no,4,1\n", "line 2: expected 1 and 0, or 0 and 1, .* found 'yes' and 'no'"),
        ("A,1,0,4,5\nA,0,1,4,1\n", "line 2: expected at most n, 4, in true, found 5"),
        ("A,1,0,x,5\nA,0,1,4,1\n", "line 2: expected a whole number of patients in n, found 'x'"),
        ("A,1,0,4,1\nA,0,1,4,-1\n", "line 3: .* in true, found '-1'"),
    ],
)
def test_what_is_no_pair_of_rows_is_said(tmp_path, rows, message):
    path = tmp_path / "t.csv"
    path.write_text(f"study,sens,spec,n,true\n{rows}")
    with pytest.raises(ValueError, match=f"^t.csv, {message}"):
        read_tables(path)


def test_halves_that_differ_in_a_covariate_are_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("study,sens,spec,n,true,plane\nA,1,0,4,1,axial\nA,0,1,4,1,coronal\n")
    wanted = "line 3: expected 'axial' in plane, as in line 2, found 'coronal'"
    with pytest.raises(ValueError, match=wanted):
        read_tables(path)


def test_halves_may_differ_in_a_column_without_a_name(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("study,sens,spec,n,true,\nA,1,0,4,1,x\nA,0,1,4,1,\n")
    assert read_tables(path)[0].covariates == {}


def test_r_pools_the_long_form_as_we_do(tmp_path, rscript):
    """R fits by Laplace's approximation, ctbone exactly.

    On these tables the two differ by less than 0.002 in the proportions, 2 % in the ratios and
    0.06 in the log-likelihood, as long as R reads the table right.
    """
    tables = [to_table(f"Müller, {i}", counts) for i, counts in enumerate(AUDITC)]
    tables += [to_table("Only diseased", (9, 0, 1, 0))]
    _, script = lme4.write(tmp_path, "lme4", tables).paths
    shown = rscript(tmp_path, script.name)
    ours = bivariate_summary([item.table for item in tables])
    assert {"sensitivity", "dor"} < {
        line.split()[0] for line in shown.splitlines() if line.split()
    }
    for name in ("sensitivity", "specificity", "lr_positive", "lr_negative", "dor"):
        (line,) = re.findall(rf"^\s*{name} (.*)$", shown, re.MULTILINE)
        found, tolerance = getattr(ours, name), 0.002 if name.endswith("ity") else None
        expected = (found.estimate, found.lower, found.upper)
        assert [float(x) for x in line.split()] == pytest.approx(
            expected, abs=tolerance, rel=None if tolerance else 0.02
        )
    (last,) = re.findall(r"log_likelihood\s+(.*)$", shown)
    assert float(last.split()[3]) == pytest.approx(ours.log_likelihood, abs=0.1)

from ctbone.linkage.duplicates import settle
from tests.linkage.conftest import make_reference


def lines(rows):
    return [row.place.line for row in rows]


def test_a_result_that_stands_twice_is_used_once():
    kept, refused = settle([make_reference(2), make_reference(3), make_reference(4, days=1)])
    assert lines(kept) == [2, 4]
    assert [(row.place.line, row.reason.value) for row in refused] == [(3, "repeated_row")]


def test_of_results_that_differ_none_is_used():
    rows = [make_reference(2), make_reference(3, t_score=-3.0), make_reference(4)]
    kept, refused = settle(rows)
    assert kept == []
    assert {row.reason.value for row in refused} == {"conflicting_rows"}
    assert lines(refused) == [2, 3, 4]


def test_rows_of_other_methods_dates_patients_or_studies_are_not_compared():
    others = [
        make_reference(3, t_score=-3.0, standard="QCT"),
        make_reference(4, t_score=-3.0, days=3),
        make_reference(5, t_score=-3.0, patient="q"),
        make_reference(6, t_score=-3.0, study_uid="1.2"),
        make_reference(7, t_score=-3.0, region="hip"),
    ]
    kept, refused = settle([make_reference(2), *others])
    assert (lines(kept), refused) == ([2, 3, 4, 5, 6, 7], [])

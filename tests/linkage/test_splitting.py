from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctbone.linkage import SplitRule
from ctbone.linkage.matching import Pair
from ctbone.linkage.splitting import split_patients
from ctbone.records import BoneCategory
from tests.linkage.conftest import CT_DAY, make_reference, make_study


def pair_of(number, patient=None, *, days=0, line=None, **reference):
    patient = patient or f"p{number}"
    study = make_study(f"1.{number}", patient, None if days is None else CT_DAY + timedelta(days))
    row = make_reference(line or number, patient, **reference)
    return Pair(study, row, study.patient_id)


def split(pairs, **rule):
    return split_patients(pairs, [pair.reference for pair in pairs], rule=SplitRule(**rule))


def cohort(count, sites=("a", "b"), categories=tuple(BoneCategory)):
    return [
        pair_of(n, site=sites[n % len(sites)], category=categories[n % len(categories)])
        for n in range(count)
    ]


def test_shares_hold_over_all_and_in_each_site_and_category():
    pairs = cohort(240)
    found = split(pairs, seed=3).splits
    counts = Counter(found.values())
    assert counts == {"train": 168, "validation": 36, "internal_test": 36}
    strata = Counter((p.reference.site, p.reference.category) for p in pairs)
    inside = Counter(
        (p.reference.site, p.reference.category)
        for p in pairs
        if found[p.reference.patient] == "train"
    )
    assert all(abs(inside[key] / count - 0.7) < 0.06 for key, count in strata.items())


def test_chance_comes_from_the_seed_alone():
    pairs = cohort(60)
    assert split(pairs, seed=1).splits == split(pairs[::-1], seed=1).splits
    assert split(pairs, seed=1).splits != split(pairs, seed=2).splits


def test_a_share_of_nothing_takes_nobody():
    found = split(cohort(7), train=0.5, validation=0.5, internal_test=0.0).splits
    assert set(found.values()) == {"train", "validation"}


def test_external_sites_and_later_patients_are_tests():
    pairs = [
        pair_of(1, site="south"),
        pair_of(2, days=10),
        pair_of(3, "both", days=-10),
        pair_of(4, "both", days=10),
        pair_of(5, site="south", days=10),
        pair_of(6, days=None),
    ]
    found = split(pairs, external_sites=("south",), temporal_after=CT_DAY.isoformat())
    outside = {patient: name for patient, name in found.splits.items() if patient != "both"}
    assert outside == {"p1": "external_test", "p2": "temporal_test", "p5": "external_test"}
    assert found.splits["both"] in ("train", "validation", "internal_test")
    dropped = [(pair.study.study_uid, reason.value) for pair, reason in found.dropped]
    assert sorted(dropped) == [("1.4", "after_temporal_split"), ("1.6", "no_study_date")]


def test_a_patient_at_an_external_site_and_another_leaks():
    pairs = [pair_of(1, "p", site="south", line=5), pair_of(2, "p", site="north", line=9)]
    message = "one split: spreadsheet 1, line 9 and spreadsheet 1, line 5 are of one patient"
    with pytest.raises(ValueError, match=message):
        split(pairs, external_sites=("south",))
    found = split(pairs, external_sites=("south",), several_sites="exclude")
    assert found.splits == {}
    assert {reason.value for _, reason in found.dropped} == {"patient_of_several_sites"}


def test_a_site_counts_by_a_row_that_no_study_has():
    pair = pair_of(1, "p", site="south")
    rows = [pair.reference, make_reference(9, "p", site="north", days=500)]
    with pytest.raises(ValueError, match="a patient must be in one split"):
        split_patients([pair], rows, rule=SplitRule(external_sites=("south",)))


def test_an_external_site_must_be_one_of_the_spreadsheets():
    with pytest.raises(ValueError, match=r"which are \['a', 'b'\], got \['Soutt'\]"):
        split(cohort(4), external_sites=("Soutt",))


def test_stated_splits_are_kept_unless_they_leak():
    pairs = [pair_of(1, split="train"), pair_of(2, split="external_test")]
    assert split(pairs).splits == {"p1": "train", "p2": "external_test"}
    leaking = [pair_of(1, "p", split="train"), pair_of(2, "p", split="validation")]
    with pytest.raises(ValueError, match="line 1 says train and spreadsheet 1, line 2 says val"):
        split(leaking)


@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(-30, 30), st.sampled_from("ab")), max_size=30
    ),
    st.booleans(),
)
def test_a_patient_has_one_split_and_every_pair_is_somewhere(drawn, temporal):
    pairs = [pair_of(n, f"p{p}", days=d, site=s) for n, (p, d, s) in enumerate(drawn)]
    sites = ("b",) if any(s == "b" for _, _, s in drawn) else ()
    rule = SplitRule(
        external_sites=sites,
        several_sites="exclude",
        temporal_after=CT_DAY.isoformat() if temporal else None,
    )
    found = split_patients(pairs, [pair.reference for pair in pairs], rule=rule)
    gone = {pair.study.study_uid for pair, _ in found.dropped}
    for pair in pairs:
        assert (pair.study.study_uid in gone) or pair.reference.patient in found.splits
        is_late = pair.study.day > CT_DAY
        if temporal and pair.study.study_uid not in gone and is_late:
            assert found.splits[pair.reference.patient] in ("temporal_test", "external_test")

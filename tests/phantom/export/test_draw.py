from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ctbone.phantom import SimulateConfig
from ctbone.phantom.export.draw import plan_patient
from tests.phantom.export.conftest import SITES


def config_of(**options):
    return SimulateConfig(**({"out": Path("unused"), "patients": 1, "sites": SITES} | options))


def plans_of(count, **options):
    return [plan_patient(config_of(**options), index) for index in range(count)]


def test_studies_are_different():
    plans = [plans[0] for plans in plans_of(5)]
    assert len({plan.seed for plan in plans}) == 5
    assert len({plan.study_uid for plan in plans}) == 5
    assert len({uid for plan in plans for uid in (s.series_uid for s in plan.series)}) >= 5


def test_sites_splits_and_faults_come_in_the_shares_asked_for():
    plans = [found[0] for found in plans_of(600, broken_fraction=0.1)]
    sites = Counter(plan.site.name for plan in plans)
    assert all(110 < count < 190 for count in sites.values())
    inside = Counter(plan.split for plan in plans if not plan.site.external)
    assert inside["train"] / sum(inside.values()) == pytest.approx(0.6, abs=0.07)
    assert {plan.split for plan in plans if plan.site.external} == {"external_test"}
    assert sum(plan.fault is not None for plan in plans) / 600 == pytest.approx(0.1, abs=0.04)
    assert np.std([plan.offset_mm[2] for plan in plans]) > 200.0


def test_who_is_first_scanned_later_is_the_temporal_test():
    plans = plans_of(300, temporal_from="2021-06-01", follow_up_fraction=1.0)
    for first, second in plans:
        is_late = first.study_date.isoformat() >= "2021-06-01"
        assert (first.split == "temporal_test") == (is_late and not first.site.external)
        assert second.split == first.split
    assert len({first.split for first, _ in plans}) == 5


def test_a_follow_up_comes_about_a_year_later_with_less_bone():
    plans = plans_of(200, follow_up_fraction=0.5)
    pairs = [found for found in plans if len(found) == 2]
    assert 70 < len(pairs) < 130
    for first, second in pairs:
        assert second.seed == first.seed
        assert second.patient_id == first.patient_id
        assert 0.8 < second.years < 1.2
        assert (second.study_date - first.study_date).days == pytest.approx(second.years * 365.25)
    assert np.mean([second.loss_mg_cm3 for _, second in pairs]) == pytest.approx(2.0, abs=0.35)


def test_phases_follow_an_unenhanced_acquisition_with_another_breath():
    plans = [found[0] for found in plans_of(300)]
    several = [plan for plan in plans if len(plan.acquisitions) == 2]
    single = [plan.acquisitions[0] for plan in plans if len(plan.acquisitions) == 1]
    assert len(several) / 300 == pytest.approx(0.7 * 0.6, abs=0.09)
    assert {scan.phase for scan in single} == {"none", "arterial", "portal", "excretory"}
    for first, second in (plan.acquisitions for plan in several):
        assert (first.phase, first.breath_mm) == ("none", 0.0)
        assert second.phase in ("arterial", "portal", "excretory")
        assert second.minutes > first.minutes
    assert np.std([plan.acquisitions[1].breath_mm for plan in several]) > 5.0


def test_series_are_numbered_through_and_thick_or_sharp_beside_the_first():
    kinds = Counter()
    for (plan,) in plans_of(200, second_series_fraction=1.0):
        assert [s.number for s in plan.series] == list(range(2, 2 + len(plan.series)))
        for scan in plan.acquisitions:
            first, *more = scan.series
            assert {s.scan.phase for s in scan.series} == {scan.phase}
            assert more
            kinds[len(more)] += 1
            for s in more:
                is_thick = s.spacing_mm == 5.0 and s.scan.kernel == first.scan.kernel
                assert is_thick or (s.scan.kernel == "sharp" and s.spacing_mm == first.spacing_mm)
    assert set(kinds) == {1, 2}


def test_one_option_does_not_move_the_others():
    before = plans_of(40, broken_fraction=0.3)
    after = plans_of(40, broken_fraction=0.3, reformat_fraction=1.0, clutter_fraction=1.0,
                     compressed_fraction=1.0, regions=("lumbar",))  # fmt: skip
    for (old,), (new,) in zip(before, after, strict=True):
        kept = {name: getattr(old, name) for name in ("extras", "compression", "region")}
        assert replace(new, **kept) == old


@pytest.mark.parametrize("fault", ["missing_slices", "lossy_compression", "thick_slices"])
def test_nothing_else_is_to_be_read_in_the_place_of_what_is_broken(fault):
    for (plan,) in plans_of(
        30, broken_fraction=1.0, faults=(fault,), reformat_fraction=1.0, second_series_fraction=1.0
    ):
        assert plan.extras.reformat is None
        if fault == "thick_slices":
            assert min(series.spacing_mm for series in plan.series) > 5.0
        assert (plan.compression == "lossy_jpeg2000") == (fault == "lossy_compression")


def test_a_directory_stands_only_where_a_series_has_a_folder():
    for (plan,) in plans_of(60, directory_fraction=1.0):
        assert plan.extras.has_directory == (plan.site.layout == "series")


def test_some_patients_breathe_on_and_nothing_else_is_moved():
    sites = tuple(replace(site, breathing_fraction=0.4) for site in SITES)
    still, moving = plans_of(80), plans_of(80, sites=sites)
    found = []
    for before, after in zip(still, moving, strict=True):
        for a, b in zip(before[0].acquisitions, after[0].acquisitions, strict=True):
            amplitudes = {series.scan.breathing_mm for series in b.series}
            assert len(amplitudes) == 1
            found += amplitudes
            calm = [replace(series.scan, breathing_mm=0.0) for series in b.series]
            assert calm == [series.scan for series in a.series]
    assert np.mean(np.array(found) > 0.0) == pytest.approx(0.4, abs=0.15)
    assert max(found) <= 10.0

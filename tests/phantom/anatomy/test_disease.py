from collections import Counter
from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import PatientConfig, sample_patient
from ctbone.phantom.anatomy.density import draw_bmd
from ctbone.phantom.anatomy.disease import DiseaseConfig, _risk, apply_disease, apply_surgery
from ctbone.phantom.anatomy.outline import heights
from tests.phantom.conftest import HEALTHY

NOTHING = {f.name: (0.0, 0.0) for f in fields(DiseaseConfig)[1:]}

KINDS = {
    "fractures": {"wedge_fracture", "biconcave_fracture", "crush_fracture"},
    "osteophytes": {"osteophytes"},
    "hyperostosis": {"hyperostosis"},
    "schmorl_nodes": {"schmorl_node"},
    "endplate_sclerosis": {"endplate_sclerosis"},
    "haemangiomas": {"haemangioma"},
    "lytic_metastases": {"lytic_metastasis"},
    "sclerotic_metastases": {"sclerotic_metastasis"},
    "pedicle_screws": {"pedicle_screws"},
    "disc_prostheses": {"disc_prosthesis"},
    "cages": {"cage"},
    "laminectomies": {"laminectomy"},
}


@pytest.fixture(scope="module")
def column():
    return sample_patient(HEALTHY, seed=3).column


def _treated(column, config, *, age=70.0, seed=0):
    rng = np.random.default_rng(seed)
    column, diseases = apply_disease(column, config=config, sex="F", age_years=age, rng=rng)
    column, surgery = apply_surgery(column, config=config, age_years=age, rng=rng)
    return column, [
        f for f in (*diseases, *surgery) if f.kind not in ("vacuum", "disc_calcification")
    ]


def test_a_healthy_column_is_left_alone(column):
    same, found = _treated(column, DiseaseConfig(prevalence=0.0))
    assert found == []
    assert same.vertebrae == column.vertebrae


@pytest.mark.parametrize("name", KINDS)
def test_each_disease_alone_leaves_its_own_findings(column, name):
    config = DiseaseConfig(**{**NOTHING, name: (1.0, 1.0)})
    for seed in range(4):
        _, found = _treated(column, replace(config, prevalence=4.0), seed=seed)
        assert {f.kind for f in found} <= KINDS[name]
        assert found or name in ("fractures", "osteophytes")


@pytest.mark.parametrize("name", [n for n in KINDS if n != "fractures"])
def test_shares_are_those_of_the_configuration(column, name):
    """About 300 draws: within three standard errors of a fifth."""
    config = DiseaseConfig(**{**NOTHING, name: (0.2, 0.2)})
    seen = sum(bool(_treated(column, config, seed=seed)[1]) for seed in range(200))
    assert 0.115 < seen / 200 < 0.285


@pytest.fixture(scope="module")
def population():
    config = PatientConfig(age_range_years=(78.0, 86.0))
    return [sample_patient(config, seed=seed) for seed in range(110)]


def test_a_sixth_of_the_old_have_fractures_those_with_sparse_bone_first(population):
    """18 % at 80 and more in NHANES."""
    broken = [any("fracture" in f.kind for f in p.findings) for p in population]
    assert 0.10 < np.mean(broken) < 0.26
    bmd = np.array([p.bmd_mg_cm3 for p in population])
    assert bmd[broken].mean() < bmd[np.logical_not(broken)].mean() - 5.0


@pytest.mark.parametrize(("ages", "published"), [((50.0, 80.0), 0.12), ((80.0, 90.0), 0.18)])
def test_fractures_are_as_common_as_in_surveys(ages, published):
    """EVOS and NHANES, to a fiftieth: over many densities of L1, without the rest of the spine."""
    rng, found = np.random.default_rng(0), []
    for age in rng.uniform(*ages, 3000):
        sex = "FM"[int(rng.integers(2))]
        density = draw_bmd((L.L1,), sex=sex, age_years=age, shift_mg_cm3=0.0, rng=rng)
        l1 = SimpleNamespace(level=L.L1, bmd_mg_cm3=density[L.L1])
        risk = _risk(SimpleNamespace(vertebrae=(l1,)), sex, age)
        found.append(min(DiseaseConfig().share("fractures", age) * risk, 0.9))
    assert np.mean(found) == pytest.approx(published, abs=0.02)


def test_fractures_peak_at_the_thoracolumbar_junction_and_most_are_mild(population):
    found = [f for p in population for f in p.findings if "fracture" in f.kind]
    levels = Counter(f.level for f in found)
    assert levels[L.T12] + levels[L.L1] > levels[L.L3] + levels[L.L4] + levels[L.T10]
    grades = Counter(f.grade for f in found)
    assert grades[1] > grades[3] > 0
    assert {f.kind for f in found} == KINDS["fractures"]


def test_heights_of_the_truth_show_what_the_findings_say(population):
    for patient in population[:50]:
        bodies = {v.level: v for v in patient.column.vertebrae}
        for finding in patient.findings:
            if finding.kind == "wedge_fracture":
                front, _, back = heights(bodies[finding.level])
                assert front < 0.95 * back
                assert finding.size_mm > 2.0


def test_osteophytes_and_bridges_come_with_age(population):
    young = [sample_patient(PatientConfig(age_range_years=(25, 35)), seed=s) for s in range(40)]

    def share(people, kind):
        return np.mean([any(f.kind == kind for f in p.findings) for p in people])

    assert share(population, "osteophytes") == pytest.approx(0.9, abs=0.07)
    assert share(young, "osteophytes") == pytest.approx(0.25, abs=0.15)
    assert share(population, "hyperostosis") > share(young, "hyperostosis")
    assert share(young, "wedge_fracture") < 0.08


def test_one_disease_does_not_move_another(column):
    nodes = DiseaseConfig(**{**NOTHING, "schmorl_nodes": (1.0, 1.0)})
    both = replace(nodes, osteophytes=(1.0, 1.0))
    alone = {f for f in _treated(column, nodes)[1] if f.kind == "schmorl_node"}
    beside = {f for f in _treated(column, both)[1] if f.kind == "schmorl_node"}
    assert alone == beside


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"prevalence": -0.1}, "prevalence"), ({"cages": (0.1, 1.4)}, "cages must be shares")],
)
def test_impossible_shares_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        DiseaseConfig(**changed)

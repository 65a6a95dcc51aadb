"""Limits cover what they promise, and temperatures undo what was done."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ctbone.anatomy import VertebralLevel
from ctbone.confidence import wilson, z_value
from ctbone.densitometry import decide, shipped_rule
from ctbone.estimation import HeadCalibration, HeldOut, check_coverage, fit_calibration
from ctbone.estimation.reading import category_shares, read_outputs
from ctbone.estimation.uncertainty import (
    LEAST_PATIENTS,
    conformal_factor,
    fit_temperature,
    patient_scores,
)
from ctbone.records import BoneCategory

L1, L2 = VertebralLevel.L1, VertebralLevel.L2
CATEGORIES = tuple(BoneCategory)


def densities(patients, *, seed, true_sd=10.0, claimed_sd=4.0, task_columns=2):
    """Two levels a patient that err together, by more than the head claims."""
    rng = np.random.default_rng(seed)
    reference = rng.uniform(60.0, 160.0, patients)
    means = np.repeat(reference + rng.normal(0.0, true_sd, patients), 2)
    outputs = np.zeros((1, 2 * patients, task_columns))
    outputs[0, :, 0], outputs[0, :, 1] = means, 2.0 * np.log(claimed_sd)
    names = tuple(str(n // 2) for n in range(2 * patients))
    return HeldOut(outputs=outputs, studies=names, persons=names, values=np.repeat(reference, 2))


def classed(rows, *, seed, temperature, classes=3):
    """References drawn from what the logits say once they are divided by a temperature."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0.0, 3.0, (rows, classes))
    drawn = [rng.choice(classes, p=p) for p in category_shares(logits / temperature)]
    names = tuple(map(str, range(rows)))
    return HeldOut(
        outputs=logits[None],
        studies=names,
        persons=names,
        categories=tuple(CATEGORIES[n] for n in drawn),
    )


@pytest.mark.parametrize("patients", [20, 29, 99, 100])
@pytest.mark.parametrize("confidence", [0.8, 0.9])
def test_the_limit_is_the_least_score_that_enough_patients_do_not_exceed(patients, confidence):
    scores = np.random.default_rng(patients).exponential(1.0, patients)
    limit = conformal_factor(scores, confidence=confidence) * z_value(confidence)
    # Brute force: of n + 1 exchangeable patients the newest is covered often enough.
    enough = [s for s in scores if (scores <= s).sum() / (patients + 1) >= confidence - 1e-12]
    assert limit == pytest.approx(min(enough))


def test_coverage_over_many_cohorts_is_what_the_rank_promises():
    rng = np.random.default_rng(11)
    patients, fresh, cohorts = 40, 50, 400
    covered = []
    for _ in range(cohorts):
        # Heavy tails: nothing is assumed of how the head errs.
        scores = np.abs(rng.standard_t(3, patients))
        limit = conformal_factor(scores) * z_value(0.9)
        covered.append((np.abs(rng.standard_t(3, fresh)) <= limit).mean())
    promised = 37 / 41  # ceil(41 * 0.9) of 41
    error = np.std(covered) / np.sqrt(cohorts)
    assert np.mean(covered) == pytest.approx(promised, abs=4.0 * error)
    # What normal limits of the claimed spread would cover instead.
    assert stats.t(3).cdf(z_value(0.9)) * 2.0 - 1.0 < 0.81


def test_widened_limits_of_decide_cover_nine_in_ten_of_other_patients():
    calibration = fit_calibration(densities(400, seed=1), task="bmd")
    assert calibration.sd_factor == pytest.approx(10.0 / 4.0, rel=0.12)
    assert (calibration.sd_patients, calibration.temperature_patients) == (400, 0)
    others = densities(300, seed=2)
    rule, levels = shipped_rule("acr_qct"), (L1, L2) * 300
    found = read_outputs(others.outputs, levels, task="bmd", calibration=calibration)
    covered = 0
    for patient in range(300):
        rows = slice(2 * patient, 2 * patient + 2)
        decision = decide(found[rows], rule=rule)
        low, high = decision.lower_mg_cm3, decision.upper_mg_cm3
        covered += low <= round(others.values[2 * patient], 1) <= high
    # Binomial limits about nine in ten, and the factor's own error.
    assert 0.84 < covered / 300 < 0.95
    share = check_coverage(others, calibration)
    assert share.estimate == pytest.approx(covered / 300, abs=2 / 300)
    assert check_coverage(others, HeadCalibration()).upper < 0.7


def test_coverage_comes_with_its_wilson_interval():
    held = densities(50, seed=3)
    inside = int((patient_scores(held) <= z_value(0.9) * 2.0).sum())
    assert check_coverage(held, HeadCalibration(sd_factor=2.0)) == wilson(inside, 50)


def test_a_score_is_the_error_of_the_mean_in_mean_standard_deviations():
    outputs = np.asarray([[[90.0, 2.0 * np.log(4.0)], [104.0, 2.0 * np.log(6.0)]]])
    held = HeldOut(
        outputs=outputs, studies=("a", "a"), persons=("p", "p"), values=np.asarray([100.0] * 2)
    )
    assert patient_scores(held) == pytest.approx([3.0 / 5.0])


def test_a_person_counts_once_by_the_first_study():
    outputs = np.zeros((1, 4, 2))
    outputs[0, :, 0] = [90.0, 10.0, 95.0, 92.0]
    held = HeldOut(
        outputs=outputs,
        studies=("a", "b", "c", "a"),
        persons=("p", "p", "q", "p"),
        values=np.full(4, 90.0),
    )
    # The rows of study a, though another study lies between them, and never those of b.
    assert patient_scores(held) == pytest.approx([1.0, 5.0])


def test_the_spread_of_an_ensemble_holds_what_its_members_differ_by():
    outputs = np.zeros((2, 1, 2))
    outputs[:, 0, 0] = [90.0, 96.0]
    held = HeldOut(outputs=outputs, studies=("a",), persons=("p",), values=np.asarray([103.0]))
    assert patient_scores(held) == pytest.approx([10.0 / np.sqrt(1.0 + 9.0)])


@pytest.mark.parametrize("truth", [0.5, 1.0, 2.5])
def test_a_known_temperature_is_recovered(truth):
    held = classed(6000, seed=5, temperature=truth)
    assert fit_temperature(held, task="category") == pytest.approx(truth, rel=0.08)


@pytest.mark.parametrize("positive", ["osteoporosis", "low_bone_mass"])
def test_a_two_way_head_has_its_temperature_too(positive):
    rng = np.random.default_rng(7)
    logits = rng.normal(0.0, 4.0, 8000)
    yes = rng.uniform(size=8000) < 1.0 / (1.0 + np.exp(-logits / 3.0))
    of_yes, of_no = {
        "osteoporosis": ("osteoporosis", "osteopenia"),
        "low_bone_mass": ("osteopenia", "normal"),
    }[positive]
    names = tuple(map(str, range(8000)))
    held = HeldOut(
        outputs=logits[None, :, None],
        studies=names,
        persons=names,
        categories=tuple(BoneCategory(of_yes if one else of_no) for one in yes),
    )
    found = fit_calibration(held, task="binary", positive=positive)
    assert found.temperature == pytest.approx(3.0, rel=0.08)
    assert (found.sd_patients, found.temperature_patients) == (0, 8000)


def test_the_temperature_lessens_the_loss_of_patients_and_not_of_rows():
    # Levels and members are pooled as decide and the ensemble pool them; searched by brute force.
    rng = np.random.default_rng(9)
    logits = rng.normal(0.0, 3.0, (2, 80, 3))
    names = tuple(str(n // 2) for n in range(80))
    truth = rng.integers(0, 3, 40)
    held = HeldOut(
        outputs=logits,
        studies=names,
        persons=names,
        categories=tuple(CATEGORIES[truth[n // 2]] for n in range(80)),
    )
    grid = np.exp(np.linspace(np.log(0.25), np.log(20.0), 2000))
    losses = []
    for temperature in grid:
        shares = category_shares(logits / temperature).mean(axis=0).reshape(40, 2, 3).mean(axis=1)
        losses.append(-np.log(shares[np.arange(40), truth]).mean())
    best = grid[int(np.argmin(losses))]
    assert fit_temperature(held, task="category") == pytest.approx(best, rel=0.02)


def test_a_head_that_never_errs_does_not_become_certain_of_everything():
    held = HeldOut(
        outputs=np.tile([4.0, 0.0, 0.0], (1, 30, 1)),
        studies=tuple(map(str, range(30))),
        persons=tuple(map(str, range(30))),
        categories=(BoneCategory.NORMAL,) * 30,
    )
    assert fit_temperature(held, task="category") == pytest.approx(0.25, rel=0.01)


def of_both(patients, *, seed, without=()):
    """Densities of two levels a patient, and a category but for some patients."""
    held = densities(patients, seed=seed, task_columns=5)
    categories = tuple(
        None if n // 2 in without else CATEGORIES[n // 2 % 3] for n in range(2 * patients)
    )
    return replace(held, categories=categories)


def test_a_multitask_head_has_both():
    found = fit_calibration(of_both(60, seed=4), task="multitask")
    assert (found.sd_patients, found.temperature_patients) == (60, 60)


def test_patients_without_a_category_set_the_spread_alone():
    held = of_both(60, seed=4, without=range(0, 60, 4))
    logits = np.random.default_rng(3).normal(0.0, 3.0, (1, 120, 3))
    logits[0, np.arange(120), np.arange(120) // 2 % 3] += 3.0
    held = replace(held, outputs=np.concatenate([held.outputs[..., :2], logits], axis=2))
    found = fit_calibration(held, task="multitask")
    assert (found.sd_patients, found.temperature_patients) == (60, 45)
    # As if the others had not been there.
    known = [row for row, category in enumerate(held.categories) if category is not None]
    only = HeldOut(
        outputs=held.outputs[:, known],
        studies=tuple(held.studies[row] for row in known),
        persons=tuple(held.persons[row] for row in known),
        categories=tuple(held.categories[row] for row in known),
    )
    assert found.temperature == fit_temperature(only, task="multitask")
    assert 1.0 < found.temperature < 19.0


@pytest.mark.parametrize("with_category", [0, LEAST_PATIENTS - 1])
def test_too_few_categories_leave_probabilities_and_it_is_said(with_category):
    held = of_both(60, seed=4, without=range(with_category, 60))
    found = fit_calibration(held, task="multitask")
    assert (found.sd_patients, found.temperature, found.temperature_patients) == (60, 1.0, 0)
    assert f"{with_category} held-out patients with a category are too few" in found.note


def test_a_temperature_needs_a_category():
    held = of_both(30, seed=4, without=range(30))
    with pytest.raises(ValueError, match="reference categories, got none"):
        fit_temperature(held, task="multitask")


def test_few_patients_set_nothing_and_it_is_said():
    found = fit_calibration(densities(LEAST_PATIENTS - 1, seed=6), task="bmd")
    assert (found.sd_factor, found.sd_patients) == (1.0, 0)
    assert "19 held-out patients are too few" in found.note
    assert fit_calibration(densities(LEAST_PATIENTS, seed=6), task="bmd").sd_patients == 20


def test_what_cannot_be_had_is_refused():
    with pytest.raises(ValueError, match=r"8 patients are too few for limits of 0\.9"):
        conformal_factor(np.ones(8))
    held = classed(30, seed=1, temperature=1.0)
    with pytest.raises(ValueError, match="reference values, got none"):
        check_coverage(held, HeadCalibration())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outputs": np.zeros((2, 2))}, r"of shape \(M, N, K\), got \(2, 2\)"),
        ({"outputs": np.full((1, 2, 2), np.nan)}, "outputs must be finite"),
        ({"studies": ("a",)}, "studies must be one a row, 2, got 1"),
        ({"values": np.zeros(3)}, "values must be one a row, 2, got 3"),
        ({"values": np.asarray([1.0, np.inf])}, "values must be finite"),
    ],
)
def test_rows_that_do_not_fit_are_refused(change, message):
    sound = {"outputs": np.zeros((1, 2, 2)), "studies": ("a", "b"), "persons": ("p", "q")}
    with pytest.raises(ValueError, match=message):
        HeldOut(**(sound | change))

"""The card of a trained head: what ``README.md`` in its folder says to people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ctbone.estimation.conditions import Conditions
from ctbone.estimation.head_calibration import HeadCalibration
from ctbone.estimation.reading import is_calibrated
from ctbone.runs import to_plain

if TYPE_CHECKING:
    from ctbone.estimation.trained_head import TrainedHead

_ANSWERS = {
    "bmd": "the volumetric trabecular density of a vertebra, in mg/cm3, and how sure it is of it",
    "t_score": "the T-score that a DXA of the patient is expected to give, in standard deviations "
    "of the DXA's reference population, and how sure it is of it; it is no measured T-score",
    "category": "the probabilities of normal density, osteopenia and osteoporosis",
    "ordinal": "the probabilities of normal density, osteopenia and osteoporosis, in their order",
    "multitask": "the volumetric trabecular density of a vertebra, in mg/cm3, which decides, and "
    "the probabilities of normal density, osteopenia and osteoporosis beside it",
}

_SOUGHT = {
    "osteoporosis": "the probability of osteoporosis, against osteopenia and normal density",
    "low_bone_mass": "the probability of osteoporosis or osteopenia, against normal density",
}

_LIMITS = """
## What it must not be used for

It is no medical device, and no diagnosis and no treatment may rest on it. It answers for patients,
scanners, tube potentials, kernels, slice thicknesses and contrast phases like those that it was
trained and validated on; for others nothing is known until they have been tried. It is not meant
for children, for single vertebrae that are fractured, treated or diseased, for levels other than
those it was trained on, for magnetic resonance, or for CT whose values are no Hounsfield units.
"""


def model_card(head: TrainedHead, *, weights: Mapping[str, str]) -> str:
    """Return the card of a trained head.

    Args:
        head: The head.
        weights: SHA-256 of each file of weights, by name.
    """
    parts = [
        _what(head),
        "\n## What it sees\n\n",
        *_seen(head),
        "\n## What it was trained on\n\n",
        *_trained(head),
        "\n## How it did on its validation patients\n\n",
        *_validated(head),
        "\n## How sure it is\n\n",
        *_calibrated(head.network_config.task, head.calibration),
        _LIMITS,
        "\n## Digests\n\n",
        *_digests(head, weights),
    ]
    return "".join(parts)


def _what(head: TrainedHead) -> str:
    config, members = head.network_config, len(head.networks)
    kind = f"a {config.backbone} network in {config.dimensions} dimensions"
    name = kind if members == 1 else f"an ensemble of {members}, each {kind}"
    answer = _ANSWERS.get(config.task) or _SOUGHT[getattr(config, "positive", "osteoporosis")]
    return (
        f"# A head of ctbone: {config.backbone}, task {config.task}\n\n"
        f"It is {name}. From CT of vertebrae it gives {answer}. {_patient(head)} It does "
        "nothing but this.\n"
    )


def _patient(head: TrainedHead) -> str:
    if head.input_config.unit == "patient":
        return "It answers once for a patient, from all measured levels together."
    return "A patient's answer is the mean over the measured levels."


def _seen(head: TrainedHead) -> Iterator[str]:
    shape = " x ".join(str(n) for n in head.grid.shape)
    spacing = " x ".join(f"{step:g}" for step in head.grid.spacing_mm)
    yield f"- Patch: {shape} voxels of {spacing} mm, in the vertebra's own frame.\n"
    for name, value in to_plain(head.input_config).items():
        yield f"- {name}: {' to '.join(map(str, value)) if isinstance(value, list) else value}\n"


def _trained(head: TrainedHead) -> Iterator[str]:
    training = head.training
    counts = ", ".join(f"{n} {split}" for split, n in training.patients.items())
    yield from _taught(head.conditions)
    yield f"- Patients by split: {counts or 'not stated'}.\n"
    yield f"- Sites: {', '.join(training.sites) or 'not stated'}.\n"
    yield f"- Reference standard: {training.reference_standard or 'not stated'}.\n"
    yield f"- Seed: {training.seed}.\n"


def _taught(conditions: Conditions) -> Iterator[str]:
    """Say under which conditions it learnt: those that it is measured with."""
    yield f"- Levels: {', '.join(conditions.levels) or 'not stated'}.\n"
    domain = conditions.domain
    kernels = "sharp kernels too" if domain.sharp_kernels else "no series of a sharp kernel"
    yield f"- Acquisitions: {domain.minimum_kvp:g} kV or more, or unknown; {kernels}.\n"
    phase = conditions.assume_phase
    assumed = f", phase taken for {phase} where no description told one" if phase else ""
    corrected = (
        f"corrected by `correction.yaml`{assumed}" if conditions.correction else "as it was"
    )
    yield f"- Attenuation: {corrected}.\n"


def _validated(head: TrainedHead) -> Iterator[str]:
    figures = head.validation
    if not figures:
        yield "Nothing is stated.\n"
        return
    if head.training.validation_chose_epoch:
        yield "They chose its best epoch, so that other patients will be answered less well.\n\n"
    else:
        yield "They chose nothing: the last epoch was kept.\n\n"
    yield "| figure | value |\n|---|---|\n"
    for name, value in figures.items():
        yield f"| {name} | {value:.4g} |\n"


def _calibrated(task: str, calibration: HeadCalibration) -> Iterator[str]:
    if not is_calibrated(task, calibration):
        yield (
            "Its uncertainty is not calibrated: no held-out patients say whether its 90 % limits "
            "hold nine in ten, or whether its probabilities are shares of patients. Results are "
            "flagged `uncertainty_uncalibrated`.\n"
        )
    if calibration.sd_patients:
        yield (
            f"Its standard deviations are multiplied by {calibration.sd_factor:.4g}, so that 90 % "
            "limits are split-conformal. It was set by "
            f"{calibration.sd_patients} held-out patients.\n"
        )
    if calibration.temperature_patients:
        yield (
            f"Its logits are divided by {calibration.temperature:.4g}, which was set by "
            f"{calibration.temperature_patients} held-out patients.\n"
        )
    if task == "binary":
        yield f"It says yes from a probability of {calibration.threshold:g} on.\n"
    if calibration.note:
        yield f"Note: {calibration.note}.\n"


def _digests(head: TrainedHead, weights: Mapping[str, str]) -> Iterator[str]:
    named = {
        **weights,
        "cohort.csv": head.training.cohort_sha256,
        "keys of the patches in the cache": head.training.patches_sha256,
    }
    for name, digest in named.items():
        yield f"- {name}: {f'SHA-256 `{digest}`' if digest else 'not stated'}\n"

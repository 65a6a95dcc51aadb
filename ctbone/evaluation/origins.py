"""Where the files of an evaluation contradict each other about who was tested, and by what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ctbone.cohort import CohortRow
from ctbone.evaluation.cautions import SIMULATED, Caution
from ctbone.evaluation.linking import Case, pseudonyms_in_splits, pseudonyms_of_several
from ctbone.evaluation.provenance import Provenance
from ctbone.interchange import ResultRow
from ctbone.plurals import counted

#: Characters of a digest that name a model in its results.
_SHOWN = 12


def cautions_of_origin(
    cases: Sequence[Case],
    results: Sequence[ResultRow],
    cohort: Sequence[CohortRow],
    provenance: Provenance,
) -> tuple[Caution, ...]:
    """Return the cautions that no table shows.

    Args:
        cases: The evaluated patients.
        results: Every row of the results.
        cohort: Every row of the cohort.
        provenance: Where both come from.
    """
    return (
        *_shared(pseudonyms_in_splits(results, cohort)),
        *_divided(pseudonyms_of_several(results, [case.reference for case in cases])),
        *_other_model(cases, provenance),
        *_simulated(cases, provenance),
    )


def _shared(n: int) -> Iterator[Caution]:
    if n:
        yield Caution(
            code="pseudonym_in_several_splits",
            sentence="The results take patients of several splits for one person: either the "
            "export gives several people one PatientID, or a patient is on both sides of a split: "
            f"{counted(n, 'pseudonym')}.",
            count=n,
        )


def _divided(n: int) -> Iterator[Caution]:
    if n:
        yield Caution(
            code="pseudonym_of_several_patients",
            sentence="The results take several patients of the cohort for one person, who would "
            f"then count several times: {counted(n, 'pseudonym')}.",
            count=n,
        )


def _other_model(cases: Sequence[Case], provenance: Provenance) -> Iterator[Caution]:
    digest = str(provenance.model.get("weights_sha256", ""))[:_SHOWN]
    n = sum(bool(c.result.model) and digest not in c.result.model for c in cases)
    if digest and n:
        yield Caution(
            code="results_of_another_model",
            sentence="The results name another model than the model folder, so that what is said "
            f"of its network may not hold: {counted(n, 'patient')}.",
            count=n,
        )


def _simulated(cases: Sequence[Case], provenance: Provenance) -> Iterator[Caution]:
    # Those whose reference standard says so are counted with the other patients.
    n = sum(case.reference.reference_standard != "simulated" for case in cases)
    if provenance.is_simulated and n:
        sentence = f"{SIMULATED}: {counted(n, 'patient')}."
        yield Caution(code="simulated_patients", sentence=sentence, count=n)

"""What a reader has to know about a fit, a sentence each."""

from __future__ import annotations

from ctbone.pooling.model.bivariate import BivariateFit, Model
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.model.normal import Correction, empirical_logits

#: What a variance of zero, and what a correlation of one, says.
_MEANING = (
    "the studies differ no more than chance makes them",
    "the tables do not tell the correlation from a perfect one",
)


def cautions(fit: BivariateFit, counts: Counts) -> tuple[str, ...]:
    """Say how far the estimates of a fit can be trusted."""
    notes = []
    if fit.boundary:
        edges = f"The estimate lies on the boundary ({', '.join(fit.boundary)})"
        held = "it is held there, and the intervals are those of the reduced model"
        notes.append(f"{edges}: {_MEANING['correlation' in fit.boundary[0]]}; {held}.")
    if len(counts) < 10:
        few = f"{len(counts)} tables tell little about variances and their correlation:"
        notes.append(f"{few} intervals and regions claim more certainty than there is.")
    return tuple(notes)


def corrections(counts: Counts, model: Model, correction: Correction) -> tuple[str, ...]:
    """Say what was done about empty cells."""
    if model in {"exact", "laplace"}:
        zero = int(counts.has_empty_cell.sum())
        as_is = "Tables with an empty cell, used as they are, without correction"
        return (f"{as_is}: {zero}.",) if zero else ()
    corrected = int(empirical_logits(counts, correction).corrected.sum())
    where = "as one of them has an empty cell" if correction == "all" else "each has an empty one"
    half = f"Tables with half a patient added to their four cells ({where})"
    return (f"{half}: {corrected} of {len(counts)}.",) if corrected else ()

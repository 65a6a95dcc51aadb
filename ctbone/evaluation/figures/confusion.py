"""The matrix: patients, and shares of each reference category."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ctbone.drawing import new_figure, save_figure
from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.figures.marks import heading
from ctbone.evaluation.scales import CATEGORIES, spoken


def draw_matrix(assessment: Assessment, out: Path, name: str) -> tuple[Path, ...]:
    """Draw the matrix with a column for patients without a result."""
    matrix = assessment.matrix
    counts = np.column_stack([np.asarray(matrix.counts), np.asarray(matrix.nonevaluable)])
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    with new_figure(5.6, 4.4) as figure:
        axes = figure.add_subplot()
        axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.8, aspect="auto")
        for (row, column), number in np.ndenumerate(counts):
            text = f"{number}\n{shares[row, column]:.0%}" if counts[row].sum() else "0"
            axes.text(column, row, text, ha="center", va="center", fontsize=11)
        axes.axvline(len(matrix.classes) - 0.5, color="white", lw=6)
        axes.set_xticks(range(counts.shape[1]), [*map(spoken, matrix.classes), "no result"])
        axes.set_yticks(range(len(CATEGORIES)), [*map(spoken, CATEGORIES)])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set(xlabel="Index test", ylabel="Reference standard")
        axes.set_title(heading(assessment, "Patients and shares of a row", int(counts.sum())))
        return save_figure(figure, out, name)

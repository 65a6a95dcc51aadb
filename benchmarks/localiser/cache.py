"""Simulated studies, rendered once and kept in a folder; made anew where drawn otherwise now."""

from __future__ import annotations

from pathlib import Path

from benchmarks.localiser.kept import read, write
from benchmarks.localiser.truth import Rendered, render_study
from ctbone.phantom.export.plain import as_plain
from ctbone.runs import config_digest
from ctbone.training.studies import Study, draw_study

#: Part of the name of every file; rises with what the files hold.
_VERSION = 2


def rendered(seed: int, folder: Path) -> Rendered:
    """Read the study of a seed, and render it first where the folder lacks it."""
    path = folder / f"v{_VERSION}-{seed}.npz"
    study = draw_study(seed)
    digest = _digest(study)
    if path.is_file():
        found = read(path, digest)
        if found is not None:
            return found
    made = render_study(study)
    write(made, path, digest)
    return made


def _digest(study: Study) -> str:
    """Return what tells one drawn study from another: body, lattice and scan."""
    spine = as_plain(study.patient.column)
    return config_digest([spine, study.grid.shape, study.grid.affine.tolist(), study.scan])

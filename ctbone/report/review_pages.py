"""The pages of the studies of one run: the worklist, and a page for each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ctbone.pages import render
from ctbone.report.runs import Run
from ctbone.report.studies import Study
from ctbone.report.study_page import study_page
from ctbone.report.thumbnails import carry_pictures
from ctbone.report.worklist import STUDIES, worklist

#: Name of the page with every study.
WORKLIST = "worklist.html"


def write_studies(run: Run, studies: Sequence[Study], out: Path, *, earlier: Path) -> None:
    """Write the worklist and the pages of all studies, with their pictures.

    Args:
        run: The run.
        studies: Of it.
        out: Its folder of the report.
        earlier: Its folder of an earlier report, which may not be there.
    """
    shown = carry_pictures(studies, run=run.folder, out=out, earlier=earlier)
    (out / WORKLIST).write_text(worklist(run, studies, shown), encoding="utf-8")
    (out / STUDIES).mkdir()
    for at, study in enumerate(studies):
        before = studies[at - 1] if at else None
        after = studies[at + 1] if at + 1 < len(studies) else None
        page = study_page(study, shown[study.study_uid], run=run, around=(before, after))
        text = render(page, script=None)
        (out / STUDIES / f"{study.name}.html").write_text(text, encoding="utf-8")

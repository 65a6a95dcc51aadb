"""A page of one study: its picture, every number, what to know of it, and where it is from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ctbone.pages import (
    Block,
    Cell,
    Facts,
    Folded,
    Link,
    Note,
    Page,
    Paragraph,
    Picture,
    Row,
    Section,
    Table,
)
from ctbone.report.runs import Run
from ctbone.report.studies import Study, is_measured, members, number_in
from ctbone.report.thumbnails import PICTURES, Shown
from ctbone.report.words import (
    NAMES,
    category_cell,
    limits_of,
    meaning,
    spoken,
    status_cell,
)

#: The page with every study, from the folder of the pages of studies.
_WORKLIST = "../worklist.html"

CAVEAT = (
    "Not a medical device: a normal result does not rule out low bone density, and a finding is a "
    "reason for densitometry, not a diagnosis."
)

#: Columns of vertebrae.csv that the table shows, their heads and the decimals that they bear.
_NUMBERS = (
    ("confidence", "level, probability", 2),
    ("bmd_mg_cm3", "BMD, mg/cm3", 1),
    ("sd_mg_cm3", "its SD, mg/cm3", 1),
    ("t_score", "T-score", 1),
    ("t_score_sd", "its SD", 1),
    ("trabecular_hu", "trabecular, HU", 1),
    ("trabecular_median_hu", "median, HU", 1),
    ("trabecular_sd_hu", "SD, HU", 1),
    ("trabecular_p10_hu", "10th percentile, HU", 1),
    ("trabecular_p90_hu", "90th percentile, HU", 1),
    ("trabecular_volume_mm3", "region, mm3", 0),
    ("body_volume_mm3", "body, mm3", 0),
    ("height_anterior_mm", "height anterior, mm", 1),
    ("height_middle_mm", "middle, mm", 1),
    ("height_posterior_mm", "posterior, mm", 1),
    ("p_normal", "p normal", 2),
    ("p_osteopenia", "p osteopenia", 2),
    ("p_osteoporosis", "p osteoporosis", 2),
    ("centroid_x_mm", "x (left), mm", 1),
    ("centroid_y_mm", "y (posterior), mm", 1),
    ("centroid_z_mm", "z (superior), mm", 1),
)


def study_page(
    study: Study, shown: Shown, *, run: Run, around: tuple[Study | None, Study | None]
) -> Page:
    """Return the page of a study; it is whole without a script.

    Args:
        study: The study.
        shown: Its picture.
        run: The run that it is of.
        around: The studies before and after it, ``None`` where there is none.
    """
    what = (*_outcome(study), *_picture(study, shown), *_flags(study), *_vertebrae(study))
    return Page(
        title=f"Study {study.study_uid}",
        lead=CAVEAT,
        sections=(Section(title="", blocks=(*what, *_provenance(study, run))),),
        ways=tuple(_ways(*around)),
    )


def _ways(before: Study | None, after: Study | None) -> Iterator[Link]:
    yield Link(path=_WORKLIST, text="Worklist")
    if before:
        yield Link(path=f"{before.name}.html", text="\u2039 Previous study")
    if after:
        yield Link(path=f"{after.name}.html", text="Next study \u203a")


def _outcome(study: Study) -> Iterator[Block]:
    yield Facts(items=tuple(_result(study)))
    # What is wrong with each series of a study comes in one line.
    yield from (Note(part) for part in study.detail.split(" | ") if part)


def _result(study: Study) -> Iterator[tuple[str, Cell | str]]:
    yield "Status", status_cell(study)
    if study.category:
        yield "Category", category_cell(study)
    if study.reason:
        yield "Reason", Cell(spoken(study.reason), tone="watch")
    if study.stage:
        yield "Ended at", spoken(study.stage)
    for quantity, measure in study.measures.items():
        name, unit = NAMES[quantity]
        limits = ", 90 % interval" if measure.lower is not None else ""
        yield f"{name}{limits}", f"{limits_of(measure)} {unit}"
    if study.levels:
        yield "Measured levels", ", ".join(study.levels)
    yield from _further(study)


def _further(study: Study) -> Iterator[tuple[str, str]]:
    row = study.result
    if row is None:
        return
    shares = {"normal": row.p_normal, "osteopenia": row.p_osteopenia}
    for name, share in (shares | {"osteoporosis": row.p_osteoporosis}).items():
        if share is not None:
            yield f"Probability, {name}", f"{share:.2f}"
    if row.indeterminate:
        yield "Indeterminate", "the interval includes a cut-off between categories"
    for name, score in (("T-score", row.qct_t_score), ("Z-score", row.qct_z_score)):
        if score is not None:
            yield f"QCT {name}, for information", f"{score:.1f} SD"


def _picture(study: Study, shown: Shown) -> Iterator[Block]:
    if shown.picture:
        alt = f"Reformats of the spine of study {study.study_uid} with outlines of its bodies"
        yield Picture(path=f"../{PICTURES}/{shown.picture}", alt=alt, caption="")
    else:
        yield Paragraph(shown.note or "This study has no picture.")


def _flags(study: Study) -> Iterator[Block]:
    if study.flags:
        yield Table(
            title="Flags",
            columns=("flag", "what it means"),
            rows=tuple((spoken(flag), meaning(flag)) for flag in study.flags),
            sortable=False,
        )


def _vertebrae(study: Study) -> Iterator[Block]:
    if not study.vertebrae:
        return
    columns = [n for n in _NUMBERS if any(row.get(n[0]) for row in study.vertebrae)]
    yield Table(
        title="Vertebrae",
        columns=("level", "use", "else", *(head for _, head, _ in columns)),
        rows=tuple(_vertebra(row, columns) for row in study.vertebrae),
        note="Else: the level that it would be if it is not this one. Positions are patient "
        "coordinates of the scanner: left, posterior, superior.",
        sortable=False,
    )
    if remarks := tuple(
        (row.get("level", ""), text) for row in study.vertebrae for text in _remarks(row)
    ):
        columns_of = ("level", "remark")
        yield Table(title="Remarks on vertebrae", columns=columns_of, rows=remarks, sortable=False)


def _vertebra(row: Mapping[str, str], columns: Sequence[tuple[str, str, int]]) -> Row:
    return (
        row.get("level", ""),
        _use(row),
        row.get("runner_up", ""),
        *(_number(row, name, decimals) for name, _, decimals in columns),
    )


def _remarks(row: Mapping[str, str]) -> Iterator[str]:
    if row.get("detail"):
        yield f"{spoken(row.get('reason', ''))}: {row['detail']}"
    for flag in members(row.get("flags", "")):
        yield f"{spoken(flag)}: {meaning(flag)}"


def _use(row: Mapping[str, str]) -> Cell:
    match is_measured(row):
        case True:
            return Cell("measured", tone="calm")
        case False:
            return Cell(spoken(row.get("reason", "")) or "not measured", tone="watch")
    return Cell("not asked for")


def _number(row: Mapping[str, str], column: str, decimals: int) -> Cell:
    try:
        value = number_in(row, column)
    except ValueError:
        return Cell(row[column])
    return Cell("") if value is None else Cell(f"{value:.{decimals}f}", value)


def _provenance(study: Study, run: Run) -> Iterator[Block]:
    if study.series_uid:
        yield Facts(title="Acquisition", items=tuple(_acquisition(study)))
    else:
        yield Paragraph("No series of this study was chosen to be read.")
    row = study.result
    own = (("model", row.model), ("seconds", _text(row.seconds))) if row else ()
    yield Folded(
        summary="Provenance: model, weights, configuration and versions",
        blocks=(Facts(items=(*own, *run.provenance.items)),),
    )


def _acquisition(study: Study) -> Iterator[tuple[str, str]]:
    row = study.result
    contrast = {True: "recorded", False: "none recorded", None: ""}
    known = [("Series", study.series_uid)]
    if row:
        known += [
            ("Maker", row.manufacturer),
            ("Scanner", study.scanner),
            ("Month", study.month),
            ("Tube potential, kV", _text(row.kvp)),
            ("Kernel", row.kernel),
            ("Slice thickness, mm", _text(row.slice_thickness_mm)),
            ("Contrast agent", contrast[row.contrast]),
        ]
    for name, value in known:
        yield name, value or "not known"


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"

"""The card of a data set: what it holds, how it came about, and what is not in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ctbone.linkage.configuration import CohortConfig, SplitRule, sheet_of
from ctbone.linkage.counting import characteristics
from ctbone.linkage.linking import Linkage
from ctbone.linkage.mapping import Sheet
from ctbone.linkage.reasons import MEANINGS, LinkReason
from ctbone.pages import Block, Cell, Figure, Note, Page, Paragraph, Section, Table
from ctbone.plurals import counted
from ctbone.version import __version__

_LEAD = (
    "Studies of an export with their reference results, linked by patient and date and split by "
    "patient. Written by ctbone; for research, not a medical device."
)

_FLOW = "STARD flow chart: from the studies of the export to those of each split"

_PRIVACY = (
    "Patients are named by pseudonyms under a key, spreadsheets by their number. No name, "
    "identifier, date of birth or free text of the spreadsheets is in these files; dates of CT "
    "and reference, and study UIDs, are, so that they are to be kept as patient data are."
)


@dataclass(frozen=True, slots=True)
class Card:
    """What a card is made of.

    Attributes:
        linkage: What became of every row and study.
        config: What was asked.
        warnings: What a reader has to know.
    """

    linkage: Linkage
    config: CohortConfig
    warnings: tuple[str, ...]


def page_of(card: Card, *, flow_svg: str) -> Page:
    """Return the card as a page."""
    sections = (
        Section(title="Flow of studies", blocks=(_flow(flow_svg), *map(Note, card.warnings))),
        Section(title="What it holds", blocks=tuple(characteristics(card.linkage.cohort()))),
        Section(title="What is not in it", blocks=_left_out(card.linkage)),
        Section(title="How it was made", blocks=tuple(_made(card))),
    )
    footer = f"Written by ctbone {__version__}."
    return Page(title="Cohort", lead=_LEAD, sections=sections, footer=footer)


def _flow(svg: str) -> Figure:
    return Figure(svg=svg, alt=_FLOW, caption="Every study is in one box alone.")


def _left_out(linkage: Linkage) -> tuple[Block, ...]:
    rows = Counter(row.reason for row in linkage.rows)
    gone = Counter(left.reason for left in linkage.studies)
    return (
        _reasons(f"Rows: {linkage.linked_rows} of {linkage.all_rows} are in use", rows),
        _reasons(
            f"Studies: {len(linkage.pairs)} of {linkage.all_studies} are in the cohort", gone
        ),
        Paragraph("unmatched.csv lists each of them, links.csv the row that each study has."),
    )


def _reasons(title: str, counts: Counter[LinkReason]) -> Table:
    lines = [
        (reason.value.replace("_", " "), Cell(str(count), count), MEANINGS[reason])
        for reason, count in counts.most_common()
    ]
    return Table(title=title, columns=("reason", "number", "meaning"), rows=tuple(lines))


def _made(card: Card) -> Iterable[Block]:
    config = card.config
    for text in (_linked(config), _excluded(config), _divided(config.split, config.sheets)):
        yield Paragraph(text)
    numbers = range(1, len(config.labels) + 1)
    yield Table(
        title="Spreadsheets",
        columns=("spreadsheet", "method", "site", "dates", "density", "rows"),
        rows=tuple(_sheet_row(n, sheet_of(config, n), card.linkage) for n in numbers),
    )
    yield Paragraph(_PRIVACY)


def _linked(config: CohortConfig) -> str:
    rule = config.link
    several = (
        "all studies of a patient that have a reference are in it"
        if rule.studies == "all"
        else "of each patient the study nearest to its reference is in it"
    )
    checked = " Pairs whose sexes or ages disagree are left out." if rule.check_identity else ""
    return (
        f"Each study has the row of its patient that is nearest in time, at most "
        f"{counted(rule.window_days, 'day')} before or after: one that names the study first, of "
        f"two as near the one before the CT, then QCT before DXA, then the lower T-score; "
        f"{several}.{checked}"
    )


def _excluded(config: CohortConfig) -> str:
    rule, parts = config.exclude, []
    if rule.age_range_years is not None:
        low, high = rule.age_range_years
        parts.append(f"ages outside {low:g} to {high:g} years and unknown ones")
    if rule.without_contrast:
        parts.append("CT with contrast agent")
    if rule.without_implants:
        parts.append("patients with an implant")
    return (
        f"Left out: {', '.join(parts)}." if parts else "No age, contrast or implant is left out."
    )


def _divided(rule: SplitRule, sheets: Iterable[Sheet]) -> str:
    if any(sheet.columns.split for sheet in sheets):
        return "The splits are those that the spreadsheets state."
    parts = []
    if rule.external_sites:
        parts.append(f"patients of {', '.join(rule.external_sites)} are the external test")
    if rule.temporal_after:
        parts.append(
            f"patients all of whose studies are later than {rule.temporal_after} are the temporal "
            "test, and later studies of others are left out"
        )
    parted = (rule.train, rule.validation, rule.internal_test)
    shares = ", ".join(f"{100 * share:g} %" for share in parted)
    parts.append(
        f"the others are shared out to training, validation and internal test ({shares}) within "
        f"each site and category, with seed {rule.seed}"
    )
    return f"A patient has one split: {'; '.join(parts)}."


def _sheet_row(number: int, sheet: Sheet, linkage: Linkage) -> tuple[Cell | str, ...]:
    used = {p.reference.place for p in linkage.pairs if p.reference.place.file == number}
    lost = [row for row in linkage.rows if row.place.file == number]
    rows = len(used) + len(lost)
    site = sheet.site or ", ".join(sheet.sites) or "not given"
    unit = sheet.bmd_unit or "none"
    shown = f"{unit} of hydroxyapatite" if sheet.bmd_phantom == "hydroxyapatite" else unit
    style = sheet.date_style or "iso"
    return (str(number), sheet.standard or "", site, style, shown, Cell(str(rows), rows))

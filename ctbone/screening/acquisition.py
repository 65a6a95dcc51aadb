"""How a series was acquired, in words that may stand in a table of results.

Manufacturer and ConvolutionKernel are free text of a header, in which anything can stand, a name
too. Only words that makers and kernels are known to be called by are kept; the rest is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from statistics import mode
from types import MappingProxyType

from ctbone.densitometry import Calibration, calibration_fits
from ctbone.estimation import BmdEstimator, HuLine
from ctbone.ingest.stacks import split_stacks
from ctbone.kernels import is_kernel_word
from ctbone.records import Acquisition, Flag, SeriesRecord, StudyRecord
from ctbone.scanning import is_maker_word

#: Longest text that is kept, in characters: "GE MEDICAL SYSTEMS" has 18, kernels rarely ten.
_LONGEST = 32

_SEPARATORS = re.compile(r"[^A-Za-z0-9+]+")

#: Free text of a series, and which words of it are kept.
WORDED: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {"manufacturer": is_maker_word, "kernel": is_kernel_word}
)


def acquisition_of(series: SeriesRecord, study: StudyRecord) -> Acquisition:
    """Return how a series of a study was acquired; what no header says is empty or ``None``."""
    words = {name: _kept(getattr(series, name), known) for name, known in WORDED.items()}
    return Acquisition(
        manufacturer=words["manufacturer"],
        kvp=series.kvp,
        kernel=words["kernel"],
        slice_thickness_mm=_thickness_mm(series),
        contrast=series.contrast,
        study_month=study.month,
        scanner=_scanner(words["manufacturer"], series.scanner),
    )


def acquisition_unchosen(study: StudyRecord) -> Acquisition:
    """Return what is known of a study of which no series was chosen: its month, and its scanner.

    The scanner where each of its CT series names the same; other objects, such as dose reports,
    can come from other machines.
    """
    named = {
        _scanner(_kept(series.manufacturer, is_maker_word), series.scanner)
        for series in study.series
        if series.modality == "CT"
    }
    scanner = named.pop() if len(named) == 1 else ""
    return Acquisition(study_month=study.month, scanner=scanner)


def cut_fields(series: SeriesRecord) -> tuple[str, ...]:
    """Return the names of the free text of a series that results do not repeat whole."""
    return tuple(
        name
        for name, is_known in WORDED.items()
        if not all(map(is_known, _words(getattr(series, name))))
    )


def calibration_of(estimate: BmdEstimator) -> Calibration | None:
    """Return the line that an estimator turns attenuation to density by; ``None`` without one."""
    return estimate.calibration if isinstance(estimate, HuLine) else None


def calibration_flags(
    estimate: BmdEstimator, series: SeriesRecord, *, any_kvp: bool = False
) -> tuple[Flag, ...]:
    """Return what a reader has to know of measuring a series by the line of another scanner.

    Args:
        estimate: What measures.
        series: The series.
        any_kvp: Whether its attenuation has been brought to the tube potential of the line.
    """
    line = calibration_of(estimate)
    made = replace(series, kvp=None) if any_kvp else series
    if line is None or calibration_fits(line, made) is None:
        return ()
    return (Flag.CALIBRATION_OF_ANOTHER_SCANNER,)


def _kept(text: str, is_known: Callable[[str], bool]) -> str:
    return " ".join(word for word in _words(text) if is_known(word))[:_LONGEST].strip()


def _words(text: str) -> list[str]:
    # Spreadsheets take a cell that begins with a sign for a formula.
    words = (word.lstrip("+") for word in _SEPARATORS.split(text))
    return [word for word in words if word]


def _scanner(maker: str, digest: str) -> str:
    """Return the first known word of a maker and the digest of a scanner, where there is one."""
    word = maker.lower().partition(" ")[0] or "unknown"
    return f"{word}-{digest}" if digest else ""


def _thickness_mm(series: SeriesRecord) -> float | None:
    nominal = [s.slice_thickness_mm for s in series.slices if s.slice_thickness_mm is not None]
    if nominal:
        return mode(nominal)
    stacks = split_stacks(series.slices) if series.slices else ()
    geometry = stacks[0].geometry if stacks else None
    return round(geometry.spacing_mm, 3) or None if geometry else None

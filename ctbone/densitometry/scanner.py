"""Whether a calibration is of the scanner that made a series.

A calibration names its scanner in words of whoever fitted it ("Siemens SOMATOM Force, room 2"), a
series in those of its maker. What neither names is not held against the other.
"""

from __future__ import annotations

from types import MappingProxyType

from ctbone.densitometry.calibration import Calibration
from ctbone.records import SeriesRecord
from ctbone.scanning import MAKERS, is_same_kvp, words_of

#: Families of models, each by the word that its models' names hold, and their maker.
_FAMILIES = MappingProxyType(
    dict.fromkeys(("somatom", "naeotom", "sensation", "emotion", "definition"), MAKERS["siemens"])
    | dict.fromkeys(
        ("lightspeed", "brightspeed", "discovery", "revolution", "optima"), MAKERS["ge"]
    )
    | dict.fromkeys(("brilliance", "ingenuity", "incisive", "iqon", "ict"), MAKERS["philips"])
    | dict.fromkeys(("aquilion", "activion", "asteion"), MAKERS["canon"])
    | {"scenaria": MAKERS["hitachi"], "uct": MAKERS["uih"], "neuviz": MAKERS["neusoft"]}
)


def calibration_fits(calibration: Calibration, series: SeriesRecord) -> str | None:
    """Return why a calibration is not of the scanner of a series; ``None`` where nothing says so.

    Tube potentials are compared where both are known. Maker and model are compared where the
    calibration names one that is known here and the series names its own; a model fits when
    either name holds all words of the other.
    """
    fitted, used = calibration.kvp, series.kvp
    if fitted is not None and used is not None and not is_same_kvp(fitted, used):
        return f"the calibration is for {fitted:g} kV, the series was made at {used:g} kV"
    line, made = _words(calibration.scanner), _words(series.manufacturer)
    model = _words(series.model)
    if not _is_same_maker(line, made, model) or not _is_same_model(line, model):
        found = f"{series.manufacturer} {series.model}".strip()
        return f"the calibration is for {calibration.scanner}, the series was made by {found}"
    return None


def _is_same_maker(line: frozenset[str], made: frozenset[str], model: frozenset[str]) -> bool:
    wanted, found = _makers(line), _makers(made | model)
    return not wanted or not made | model or bool(wanted & found)


def _is_same_model(line: frozenset[str], model: frozenset[str]) -> bool:
    if not model or not line & _FAMILIES.keys():
        return True
    named = line - MAKERS.keys()
    return model - MAKERS.keys() <= named or named <= model


def _makers(words: frozenset[str]) -> frozenset[str]:
    known = _FAMILIES | MAKERS
    return frozenset(known[word] for word in words & known.keys())


def _words(name: str) -> frozenset[str]:
    return frozenset(words_of(name))

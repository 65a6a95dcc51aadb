"""In which phase after a contrast agent a series was acquired, as far as its description says.

SeriesDescription is free text in any language: it is believed only where it names one phase, and
is never passed on. The words are those met so far; none is of a standard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from ctbone.records import SeriesRecord

Phase = Literal["arterial", "portal_venous", "excretory"]

#: Words that name a phase. "Venous" of a trunk is the portal-venous phase in common use.
_WORDS: Mapping[Phase, re.Pattern[str]] = MappingProxyType(
    {
        "arterial": re.compile(r"arteri|angio|\bcta\b|\bart\b", re.IGNORECASE),
        "portal_venous": re.compile(r"portal|ven[oö]s|venous|veneu|\bpv\b|\bpvp\b", re.IGNORECASE),
        "excretory": re.compile(r"excret|urograph|delay|\blate\b", re.IGNORECASE),
    }
)


def phase_of(series: SeriesRecord) -> Phase | None:
    """Return the phase that the description of a series names; ``None`` for none or several."""
    words = series.description.replace("_", " ")
    named: list[Phase] = [phase for phase, word in _WORDS.items() if word.search(words)]
    return named[0] if len(named) == 1 else None

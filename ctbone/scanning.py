"""How CT is made, as headers and people say it: makers by their names, and tube potentials.

Makers stand here alone. What tells two scanners apart, what parts patients by vendor and what of a
header may stand in results all go by this table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_CANON, _FUJIFILM = "Canon or Toshiba", "Fujifilm or Hitachi"

#: Makers by a word of their names, which change between models and years. Canon bought the
#: scanners of Toshiba in 2016, Fujifilm those of Hitachi in 2021: a former name is the maker.
MAKERS: Mapping[str, str] = MappingProxyType(
    {
        "siemens": "Siemens",
        "ge": "GE",
        "gems": "GE",
        "philips": "Philips",
        "canon": _CANON,
        "toshiba": _CANON,
        "fujifilm": _FUJIFILM,
        "hitachi": _FUJIFILM,
        "uih": "United Imaging",
        "united": "United Imaging",
        "neusoft": "Neusoft",
    }
)

#: What else makers of CT call themselves, word by word.
_OTHER_WORDS = frozenset({
    "accuray", "analogic", "anke", "carestream", "electric", "elekta", "elscint", "fuji",
    "general", "health", "healthcare", "healthineers", "imaging", "imatron", "marconi", "medical",
    "minfound", "neurologica", "picker", "samsung", "shimadzu", "sinovision", "systems", "varian",
})  # fmt: skip

#: Tube potentials are whole kilovolts; headers and tables round them.
_SAME_KVP = 0.5


def words_of(name: str) -> tuple[str, ...]:
    """Return the words and the numbers of a name: spaces between them are a matter of taste.

    Example:
        >>> words_of("GE LightSpeed16")
        ('ge', 'lightspeed', '16')
    """
    return tuple(re.findall(r"[a-z]+|[0-9]+", name.lower()))


def maker_of(name: str) -> str | None:
    """Return the first maker that a name tells of; ``None`` where it tells of none.

    Example:
        >>> maker_of("TOSHIBA_MEC"), maker_of("Jane^Doe")
        ('Canon or Toshiba', None)
    """
    return next((MAKERS[word] for word in words_of(name) if word in MAKERS), None)


def is_maker_word(word: str) -> bool:
    """Say whether makers are known to be called by a word, which so says nothing of a person."""
    return word.lower() in MAKERS or word.lower() in _OTHER_WORDS


def is_same_kvp(first: float, second: float) -> bool:
    """Say whether two tube potentials, kilovolts, are one."""
    return abs(first - second) <= _SAME_KVP

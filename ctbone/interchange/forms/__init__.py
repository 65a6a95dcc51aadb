"""The forms of other programs of meta-analysis, a module a program.

Headers and their order are those of the programs' own help and code. Each module writes its form
with ``write(out, name, tables)``; those whose form is not a row a table with the counts by name
read it as well. Tables of different targets never share a file, since none of these programs would
tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from ctbone.interchange.forms import lme4, mada, meta4diag, metadta, revman, stata
from ctbone.interchange.forms.cells import Written
from ctbone.interchange.tables import AccuracyTable

Form = Literal["stata", "mada", "meta4diag", "lme4", "revman", "metadta"]

WRITERS: Mapping[Form, Callable[[Path, str, Sequence[AccuracyTable]], Written]] = MappingProxyType(
    {
        "stata": stata.write,
        "mada": mada.write,
        "meta4diag": meta4diag.write,
        "lme4": lme4.write,
        "revman": revman.write,
        "metadta": metadta.write,
    }
)

__all__ = ["WRITERS", "Form", "Written"]

"""The commands as functions, for notebooks and scripts.

What a function returns is a frozen record that shows itself in a notebook, and in a line in a
terminal; what it takes is a path, a pandas frame or such a record. Options are those of the
command of the same name. ``ctbone`` itself offers all of it, imported when it is first used.
"""

from __future__ import annotations

from ctbone.api.estimated import Estimate, estimate
from ctbone.api.evaluated import Evaluation, evaluate
from ctbone.api.localised import Localisation, localise
from ctbone.api.pooled import Pooling, pool
from ctbone.api.scan import Scan, read
from ctbone.api.screened import Screening, read_screening, screen
from ctbone.api.shown import Picture
from ctbone.densitometry import DomainConfig
from ctbone.errors import CtboneError, Reason
from ctbone.ingest import SeriesRule
from ctbone.localisation.trust import TrustConfig
from ctbone.records import Flag
from ctbone.volume import CTVolume

__all__ = [
    "CTVolume",
    "CtboneError",
    "DomainConfig",
    "Estimate",
    "Evaluation",
    "Flag",
    "Localisation",
    "Picture",
    "Pooling",
    "Reason",
    "Scan",
    "Screening",
    "SeriesRule",
    "TrustConfig",
    "estimate",
    "evaluate",
    "localise",
    "pool",
    "read",
    "read_screening",
    "screen",
]

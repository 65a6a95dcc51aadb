"""Whether a located vertebra may be measured: it is evaluable, or it has a named reason."""

from __future__ import annotations

from ctbone.localisation.trust.assessment import assess, assessed_levels
from ctbone.localisation.trust.choice import (
    Choice,
    choose,
    missing_levels,
    refusal,
    require_fallback,
)
from ctbone.localisation.trust.configuration import TRUST, TrustConfig
from ctbone.localisation.trust.doubt import doubted_by

__all__ = [
    "TRUST",
    "Choice",
    "TrustConfig",
    "assess",
    "assessed_levels",
    "choose",
    "doubted_by",
    "missing_levels",
    "refusal",
    "require_fallback",
]

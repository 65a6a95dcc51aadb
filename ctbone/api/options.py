"""Options of the functions, by the names and with the meaning that they have on the command line.

What each does stands once, in the configuration of its command; ``ctbone COMMAND --help`` tells.
A path can be text, several values any sequence, and a group of options its dataclass or a mapping.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar

from ctbone.configuring import configure
from ctbone.runs import to_plain

if TYPE_CHECKING:
    from ctbone.anatomy import MeasuredLevel
    from ctbone.cohort import Split
    from ctbone.delivery import Deliverable
    from ctbone.densitometry import DomainConfig, Phase
    from ctbone.devices import Device, Runtime
    from ctbone.ingest import SeriesRule
    from ctbone.localisation import LocatorName, PatientModule
    from ctbone.localisation.trust import TrustConfig
    from ctbone.pooling.analysis import Compat
    from ctbone.pooling.model.bivariate import Model
    from ctbone.pooling.moderators.regression import Covariances
    from ctbone.screening.configuration import Passing

_T = TypeVar("_T")

#: Where something lies.
Location = str | PathLike[str]

#: A group of options, as a mapping; or its dataclass, which each function names.
Group = Mapping[str, object]

_DASHES = re.compile(r"--(?=[a-z])")


class LocaliseOptions(TypedDict, total=False):
    """Options of ``localise``; described by ``ctbone localise --help``."""

    locator: Literal["native", "totalsegmentator"]
    localiser: Location | None
    levels: Sequence[MeasuredLevel]
    fallback: Sequence[MeasuredLevel]
    trust: TrustConfig | Group
    device: Device


class EstimateOptions(TypedDict, total=False):
    """Options of ``estimate``; described by ``ctbone screen --help``."""

    model: Location | None
    calibration: Location | None
    calibrator: Location | None
    internal_calibration: Location | None
    correction: Location | None
    assume_phase: Phase | None
    rule: Location | None
    reference: Sequence[Location]
    levels: Sequence[MeasuredLevel]
    fallback: Sequence[MeasuredLevel]
    domain: DomainConfig | Group | None
    device: Device
    runtime: Runtime


class ScreenOptions(EstimateOptions, total=False):
    """Options of ``screen``; described by ``ctbone screen --help``."""

    masks: Location | None
    locator: LocatorName
    localiser: Location | None
    trust: TrustConfig | Group
    review: Location | None
    series: SeriesRule | Group
    site_key: Location | None
    pictures: bool
    deliver: Sequence[Deliverable]
    deliver_patient: PatientModule
    deliver_rejected: bool
    engine: Literal["local", "dask"]
    scheduler: str | None
    workers: int
    time_limit_s: float
    memory_limit_gb: float | None
    again: Sequence[Passing]


class EvaluateOptions(TypedDict, total=False):
    """Options of ``evaluate``; described by ``ctbone evaluate --help``."""

    review: Location | None
    model: Location | None
    study: str
    splits: Sequence[Split]
    confidence: float
    interval: Literal["wilson", "exact"]
    bootstrap: int
    prevalence: Sequence[float]
    wanted_sensitivity: float | None
    low_bone_mass: bool
    against: Location | None
    figures: bool
    page: bool


class PoolOptions(TypedDict, total=False):
    """Options of ``pool``; described by ``ctbone pool --help``."""

    confidence: float
    prior: float
    model: Model
    covariates: Sequence[str]
    numeric: Sequence[str]
    covariances: Covariances
    compat: Compat
    figures: bool


def ask(config: type[_T], options: Mapping[str, Any], *, known: type, **fixed: object) -> _T:
    """Return the configuration that options ask for, by the road that the command line takes.

    Args:
        config: Which.
        options: What a caller gave.
        known: The options that the function takes.
        fixed: What the function itself gives.

    Raises:
        TypeError: If an option is none of the function.
        ValueError: If a value is none of its option.
    """
    require_known(options, known.__annotations__)
    words = [f"--{name}={_word(value)}" for name, value in {**options, **fixed}.items()]
    try:
        return configure(config, words, prog="ctbone")
    except ValueError as mistake:
        raise ValueError(undashed(str(mistake))) from None


def undashed(sentence: str) -> str:
    """Return what is said of options of the command line as it is said of those of a function."""
    return _DASHES.sub("", sentence)


def require_known(options: Mapping[str, object], known: Mapping[str, object]) -> None:
    """Refuse an option that a function does not take.

    Raises:
        TypeError: With the nearest that it does.
    """
    for name in options:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(known)}"
            raise TypeError(f"{name!r} is no option of this function; {hint}")


def _word(value: object) -> str:
    plain = to_plain(value, path=str)
    if isinstance(plain, PathLike):
        return str(plain)
    return plain if isinstance(plain, str) else json.dumps(plain, default=str)

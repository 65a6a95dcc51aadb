"""Options of the functions, by the names and with the meaning that they have on the command line.

What each does stands once, in the configuration of its command; ``ctbone COMMAND --help`` tells.
A path can be text, several values anything that gives them one by one, numbers those of numpy, and
a group of options its dataclass or a mapping. ``None`` is an option that was left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypedDict,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from ctbone.api.given import plain, told, undashed
from ctbone.configuring import configure
from ctbone.mistakes import expected

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


class ReadOptions(TypedDict, total=False):
    """Options of ``read``; described by ``ctbone localise --help``."""

    series: SeriesRule | Group


class LocaliseOptions(TypedDict, total=False):
    """Options of ``localise``; described by ``ctbone localise --help``."""

    locator: Literal["native", "totalsegmentator"]
    localiser: Location | None
    levels: Iterable[MeasuredLevel]
    fallback: Iterable[MeasuredLevel]
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
    reference: Iterable[Location]
    levels: Iterable[MeasuredLevel]
    fallback: Iterable[MeasuredLevel]
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
    deliver: Iterable[Deliverable]
    deliver_patient: PatientModule
    deliver_rejected: bool
    engine: Literal["local", "dask"]
    scheduler: str | None
    workers: int
    time_limit_s: float
    memory_limit_gb: float | None
    again: Iterable[Passing]


class EvaluateOptions(TypedDict, total=False):
    """Options of ``evaluate``; described by ``ctbone evaluate --help``."""

    review: Location | None
    model: Location | None
    study: str
    study_id: str
    splits: Iterable[Split]
    confidence: float
    interval: Literal["wilson", "exact"]
    bootstrap: int
    prevalence: Iterable[float]
    wanted_sensitivity: float | None
    low_bone_mass: bool
    figures: bool
    page: bool


class PoolOptions(TypedDict, total=False):
    """Options of ``pool``; described by ``ctbone pool --help``."""

    confidence: float
    prior: float
    model: Model
    covariates: Iterable[str]
    numeric: Iterable[str]
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
    hints = get_type_hints(config)
    given = {**options, **fixed}
    words = [
        f"--{name}={_word(name, value, hints[name])}"
        for name, value in given.items()
        if value is not None or NoneType in get_args(hints[name])
    ]
    try:
        return configure(config, words, prog="ctbone")
    except ValueError as mistake:
        raise ValueError(undashed(str(mistake))) from None


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


def _word(name: str, value: object, hint: object) -> str:
    """Return the word of a command line that a value would be.

    Raises:
        ValueError: If it is neither path nor text where its option takes nothing else.
    """
    found = plain(value)
    if not _is_text(found, hint):
        raise ValueError(f"{name}: expected {expected(hint)}, found {told(value)}")
    return found if isinstance(found, str) else json.dumps(found, default=told, ensure_ascii=False)


def _is_text(found: object, hint: object) -> bool:
    """Whether a value is text wherever its option takes text or paths alone."""
    kinds = get_args(hint)
    if get_origin(hint) in (Union, UnionType):
        return any(_is_text(found, kind) for kind in kinds)
    if get_origin(hint) is tuple:
        several = found if isinstance(found, list) else [found]
        return all(_is_text(one, kinds[0]) for one in several)
    if hint is NoneType:
        return found is None
    return isinstance(found, str) if hint in (str, Path) else True

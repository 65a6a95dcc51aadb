"""What age, disease and surgeons have done to a spine: how often, and to which column.

A healthy column goes in; a column with its fractures, growths and implants comes out, and a list
of what was done. Order matters: bodies collapse before bone grows at their rims, and screws
follow the pedicles where these came to lie.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.degeneration import (
    with_hyperostosis,
    with_osteophytes,
    with_schmorl_nodes,
    with_sclerosis,
)
from ctbone.phantom.anatomy.density import mean_l1_hu
from ctbone.phantom.anatomy.discs import disc_findings
from ctbone.phantom.anatomy.fractures import GRADES, Collapse, fractured
from ctbone.phantom.anatomy.implants import (
    with_cement,
    with_laminectomy,
    with_screws,
    with_spacer,
)
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.anatomy.tumours import with_growths
from ctbone.phantom.bone import Finding
from ctbone.phantom.tissue import bone_hu

#: Share of patients at 40 years and younger, and at 80 and older; linear between.
Curve = tuple[float, float]

_ADULT_YEARS = (40.0, 80.0)


@dataclass(frozen=True)
class DiseaseConfig:
    """How many patients have what: shares at 40 years and younger, and at 80 and older.

    Every share is one of patients; what they then have, and where, is drawn.
    """

    prevalence: float = 1.0
    """Multiplies every share below; 0 for healthy spines."""
    fractures: Curve = (0.01, 0.14)
    """Vertebral fractures at mean density for age; each standard deviation less doubles the share,
    which is a quarter more over all. So 12 % have one at 50 to 79 years, as in the European
    Vertebral Osteoporosis Study (O'Neill et al., J Bone Miner Res 1996;11:1010), and 17 % past 80
    (18 % in NHANES, PMC7422504). Risk: 2.3 a standard deviation, Marshall et al., BMJ
    1996;312:1254."""
    osteophytes: Curve = (0.25, 0.90)
    """Osteophytes; 74 to 84 % past 50, O'Neill et al., J Rheumatol 1999;26:842 (recalled)."""
    hyperostosis: Curve = (0.0, 0.18)
    """Bridging hyperostosis (DISH); 15 % of women and 25 % of men past 50 years, Weinfeld et al.,
    Skeletal Radiol 1997;26:222 (recalled)."""
    schmorl_nodes: Curve = (0.15, 0.25)
    """Schmorl nodes; 16 % on MRI, Mok et al., Spine 2010;35:1944 (recalled)."""
    endplate_sclerosis: Curve = (0.01, 0.08)
    """Sclerotic end plates of worn discs (Modic type 3). Inferred."""
    haemangiomas: Curve = (0.08, 0.12)
    """Haemangiomas; 11 % of spines at autopsy, Schmorl & Junghanns (recalled)."""
    lytic_metastases: Curve = (0.002, 0.015)
    """Lytic metastases. Inferred for unselected CT."""
    sclerotic_metastases: Curve = (0.002, 0.015)
    """Sclerotic metastases. Inferred for unselected CT."""
    cement: Curve = (0.0, 0.10)
    """Vertebroplasty, as a share of those with a fracture. Inferred."""
    pedicle_screws: Curve = (0.005, 0.025)
    """Screws and rods. Inferred for unselected CT."""
    disc_prostheses: Curve = (0.003, 0.003)
    """Disc prostheses. Inferred."""
    cages: Curve = (0.002, 0.012)
    """Interbody cages. Inferred."""
    laminectomies: Curve = (0.003, 0.025)
    """Laminectomies. Inferred."""

    def __post_init__(self) -> None:
        if self.prevalence < 0.0:
            raise ValueError(f"prevalence must be at least 0, got {self.prevalence}")
        for field in fields(self)[1:]:
            young, old = getattr(self, field.name)
            if not (0.0 <= young <= 1.0 and 0.0 <= old <= 1.0):
                raise ValueError(f"{field.name} must be shares from 0 to 1, got {young}, {old}")

    def share(self, name: str, age_years: float) -> float:
        """Return the share of patients of an age that have something."""
        curve: Curve = getattr(self, name)
        return self.prevalence * float(np.interp(age_years, _ADULT_YEARS, curve))


_Step = Callable[..., tuple[Column, tuple[Finding, ...]]]


def apply_disease(
    column: Column, *, config: DiseaseConfig, sex: str, age_years: float, rng: Generator
) -> tuple[Column, tuple[Finding, ...]]:
    """Draw what a patient has and return the column with it, and the list of it.

    Every kind of disease has its own stream, so that the share of one does not move another.

    Args:
        column: A healthy column.
        config: How many patients have what.
        sex: ``F`` or ``M``.
        age_years: Age.
        rng: Source of chance.
    """
    streams = iter(rng.spawn(10))
    found: list[Finding] = []

    def step(name: str, act: _Step, **options: object) -> None:
        nonlocal column
        own = next(streams)
        if own.random() < config.share(name, age_years):
            column, new = act(column, rng=own, **options)
            found.extend(new)

    column, new = _fractures(column, config, (sex, age_years), next(streams))
    found += new
    wear = float(np.interp(age_years, (30.0, 90.0), (0.0, 1.0)))
    step("osteophytes", with_osteophytes, severity=wear)
    step("hyperostosis", with_hyperostosis)
    step("schmorl_nodes", with_schmorl_nodes)
    step("endplate_sclerosis", with_sclerosis)
    step("haemangiomas", _haemangiomas)
    step("lytic_metastases", _metastases, kind="lytic_metastasis")
    step("sclerotic_metastases", _metastases, kind="sclerotic_metastasis")
    return column, (*found, *disc_findings(column.discs))


def _fractures(
    column: Column, config: DiseaseConfig, person: tuple[str, float], rng: Generator
) -> tuple[Column, list[Finding]]:
    """Break bodies of those at risk, and fill some of them with cement."""
    sex, age = person
    found: list[Finding] = []
    if rng.random() >= min(config.share("fractures", age) * _risk(column, sex, age), 0.9):
        return column, found
    is_cemented = rng.random() < config.share("cement", age)
    for index in _sites(column, rng):
        kind, grade = _pattern(rng)
        loss = float(rng.uniform(*GRADES[grade]))
        column, finding = fractured(column, index, kind=kind, loss=loss, rng=rng)
        found.append(finding)
        if is_cemented:
            column, cement = with_cement(column, index, rng=rng)
            found += cement
    return column, found


def _risk(column: Column, sex: str, age_years: float) -> float:
    """Return the risk relative to mean density: twice as much a standard deviation lower."""
    mean, sd = mean_l1_hu(age_years, sex)
    l1 = next(
        v.bmd_mg_cm3 for v in column.vertebrae if v.level is not None and v.level.name == "L1"
    )
    return float(2.0 ** np.clip((mean - bone_hu(l1, kvp=120)) / sd, -3.0, 2.0))


def _sites(column: Column, rng: Generator) -> list[int]:
    """Return which bodies break: mostly one, most often T12 and L1, then T7 and T8.

    The two peaks are those of population surveys (EVOS, as above); their sizes are inferred.
    """
    orders = np.array([v.level.order if v.level is not None else 0.0 for v in column.vertebrae])
    weights = np.exp(-0.5 * ((orders - 19.6) / 1.3) ** 2)
    weights += 0.6 * np.exp(-0.5 * ((orders - 14.5) / 1.3) ** 2)
    weights += 0.08 * ((orders >= 11) & (orders <= 25))
    weights[(orders < 11) | (orders > 25)] = 0.0
    count = min(int(rng.geometric(0.6)), 5)
    chosen = rng.choice(len(orders), count, replace=False, p=weights / weights.sum())
    return sorted(chosen.tolist())


def _pattern(rng: Generator) -> tuple[Collapse, int]:
    """Return kind and grade: mostly wedges, mostly mild (shares inferred)."""
    kinds: tuple[Collapse, ...] = ("wedge_fracture", "biconcave_fracture", "crush_fracture")
    kind = kinds[int(rng.choice(3, p=(0.55, 0.25, 0.20)))]
    return kind, int(rng.choice((1, 2, 3), p=(0.5, 0.35, 0.15)))


def _haemangiomas(column: Column, *, rng: Generator) -> tuple[Column, tuple[Finding, ...]]:
    """One in most, up to three in some."""
    count = int(rng.choice((1, 2, 3), p=(0.7, 0.22, 0.08)))
    return with_growths(column, kind="haemangioma", count=count, rng=rng)


def _metastases(
    column: Column, *, kind: str, rng: Generator
) -> tuple[Column, tuple[Finding, ...]]:
    return with_growths(column, kind=kind, count=int(rng.integers(1, 8)), rng=rng)  # type: ignore[arg-type]


def apply_surgery(
    column: Column, *, config: DiseaseConfig, age_years: float, rng: Generator
) -> tuple[Column, tuple[Finding, ...]]:
    """Draw what surgeons have done and return the column with it, and the list of it."""
    found: list[Finding] = []
    screws, prosthesis, cage, laminae = rng.spawn(4)
    if screws.random() < config.share("pedicle_screws", age_years):
        column, new = with_screws(column, rng=screws)
        found += new
    for name, own in (("disc_prostheses", prosthesis), ("cages", cage)):
        if own.random() < config.share(name, age_years):
            column, new = with_spacer(column, prosthesis=own is prosthesis, rng=own)
            found += new
    if laminae.random() < config.share("laminectomies", age_years):
        column, new = with_laminectomy(column, rng=laminae)
        found += new
    return column, tuple(found)

"""Drawing how a spine is numbered, which ribs it has and how it joins the sacrum.

Series differ by what they count, so each share below is that of one named series:

- Numbers: of 293 volunteers 4.1 % had 23 presacral vertebrae, 3.8 % had 25, 1.7 % eleven ribbed
  and six others (Yan et al., J Orthop Surg Res 2018;13:124).
- Thirteen pairs of ribs: 5 of 1,340 patients, 0.4 %; hypoplastic or absent twelfth ribs on a
  transitional T12 in 96 of them, 7.2 %; eleven pairs without such a vertebra in 11, 0.8 %;
  a rudimentary rib on the vertebra below in 54, 4.0 % (synapse.koreamed.org/articles/1158507).
  Others found lumbar ribs in 5.8 % of 226 (Nakajima et al., PMC3948909) and 1.3 % of 530 (Davran
  et al., J Pak Med Assoc 2017;67:178).
- Transitional lumbosacral segments: 9.9 % of 5,941 radiographs, 5.8 % lumbarised and 4.1 %
  sacralised (French et al., Global Spine J 2014;4:229). By Castellvi 41.7 % type I, 41.4 % II,
  11.5 % III, 5.2 % IV of 841 (Radiology 2012, doi 10.1148/radiol.12112747), who count 18.1 %.

That half of what can be one-sided is, is inferred. The parts are drawn independently, but for the
ribs of columns of 23: all of Yan's had eleven ribbed vertebrae, half of them have here (inferred).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from numpy.random import Generator

from ctbone.anatomy import VertebralLevel

_L = VertebralLevel

#: Numbering of the spine that a patient can have.
Variant = Literal["regular", "T13", "L6", "four_lumbar"]

#: What a rib of the lowest ribbed vertebra, or below it, can be.
RibKind = Literal["full", "stub", "absent"]

#: How the transverse process of a transitional segment meets the sacrum on one side: not at all,
#: enlarged (Castellvi I), by a joint of its own (II), fused (III); one of each of the last two
#: is type IV.
Junction = Literal["free", "enlarged", "joint", "fused"]

#: Which of T13, L5 and L6 a variant has.
_PRESENT: dict[Variant, set[VertebralLevel]] = {
    "regular": {_L.L5},
    "T13": {_L.T13, _L.L5},
    "L6": {_L.L5, _L.L6},
    "four_lumbar": set(),
}

#: Shares of the types of Castellvi among transitional segments.
_CASTELLVI = {"enlarged": 0.417, "joint": 0.414, "fused": 0.115, "mixed": 0.052}


@dataclass(frozen=True)
class VariantConfig:
    """How often spines are unusual."""

    stub_rib_fraction: float = 0.072
    """Share with a short, thin last rib; of 1,340 patients (module docstring)."""
    absent_rib_fraction: float = 0.008
    """Share without a last rib, beside those with four lumbar vertebrae; same series."""
    lumbar_rib_fraction: float = 0.04
    """Share with a rudimentary rib below the last thoracic vertebra; same series."""
    transitional_fraction: float = 0.099
    """Share with a transitional lumbosacral segment; French 2014."""
    lumbarised_fraction: float = 0.59
    """Share of those whose segment is a lumbarised S1, not a sacralised last lumbar; French."""
    one_sided_fraction: float = 0.5
    """Share of what can be one-sided that is; inferred."""

    def __post_init__(self) -> None:
        for name in (f.name for f in fields(self)):
            if not 0.0 <= (share := getattr(self, name)) <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], got {share}")
        if (ribs := self.stub_rib_fraction + self.absent_rib_fraction) > 1.0:
            raise ValueError(f"shares of stub and absent ribs must sum to at most 1, got {ribs}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomalies:
    """What is unusual about a spine; pairs are right, left.

    Attributes:
        last_ribs: The ribs of the lowest thoracic vertebra.
        lumbar_ribs: Those of the first lumbar vertebra.
        transitional: The transitional segment: S1, or the last lumbar; ``None`` for none.
        junctions: How its transverse processes meet the (rest of the) sacrum.
    """

    last_ribs: tuple[RibKind, RibKind] = ("full", "full")
    lumbar_ribs: tuple[RibKind, RibKind] = ("absent", "absent")
    transitional: VertebralLevel | None = None
    junctions: tuple[Junction, Junction] = ("free", "free")

    @property
    def castellvi(self) -> str:
        """Type of Castellvi, such as ``IIa`` for a joint on one side; empty for none."""
        kinds = set(self.junctions) - {"free"}
        if kinds == {"joint", "fused"}:
            return "IV"
        names = {"enlarged": "I", "joint": "II", "fused": "III"}
        sides = "a" if "free" in self.junctions else "b"
        return "".join(names[kind] + sides for kind in kinds)


def levels_of(variant: Variant, known: set[VertebralLevel]) -> tuple[VertebralLevel, ...]:
    """Return the levels that a variant has of those known, cranial first."""
    absent = {_L.T13, _L.L6, _L.L5} - _PRESENT[variant]
    return tuple(sorted(known - absent, key=lambda level: level.order))


def draw_anomalies(
    config: VariantConfig, *, variant: Variant, levels: tuple[VertebralLevel, ...], rng: Generator
) -> Anomalies:
    """Draw ribs and lumbosacral junction; ``levels`` end with the last lumbar and S1."""
    absent = max(config.absent_rib_fraction, 0.5 if variant == "four_lumbar" else 0.0)
    stub = (1.0 - absent) * config.stub_rib_fraction
    chance, lumbar, transitional = rng.random(3)
    kind: RibKind = "absent" if chance < absent else "stub" if chance < absent + stub else "full"
    other: RibKind = "stub" if kind == "absent" and variant != "four_lumbar" else kind
    other = "full" if kind == "stub" else other
    last_ribs = _on_sides(kind, other, config.one_sided_fraction, rng)
    below: RibKind = "stub" if lumbar < config.lumbar_rib_fraction else "absent"
    lumbar_ribs = _on_sides(below, "absent", config.one_sided_fraction, rng)
    segment = _L.S1 if rng.random() < config.lumbarised_fraction else levels[-2]
    junctions = _junctions(config.one_sided_fraction, rng)
    if transitional >= config.transitional_fraction:
        return Anomalies(last_ribs=last_ribs, lumbar_ribs=lumbar_ribs)
    return Anomalies(
        last_ribs=last_ribs, lumbar_ribs=lumbar_ribs, transitional=segment, junctions=junctions
    )


def _on_sides(
    kind: RibKind, other: RibKind, one_sided: float, rng: Generator
) -> tuple[RibKind, RibKind]:
    """Return a kind on both sides, or on one with something else on the other."""
    alone, left = rng.random() < one_sided, rng.random() < 0.5
    if not alone:
        return kind, kind
    return (other, kind) if left else (kind, other)


def _junctions(one_sided: float, rng: Generator) -> tuple[Junction, Junction]:
    chance, alone, left = rng.random(), rng.random() < one_sided, rng.random() < 0.5
    if chance < _CASTELLVI["mixed"]:
        return ("fused", "joint") if left else ("joint", "fused")
    chance = (chance - _CASTELLVI["mixed"]) / (1.0 - _CASTELLVI["mixed"])
    whole = _CASTELLVI["enlarged"] + _CASTELLVI["joint"] + _CASTELLVI["fused"]
    kind: Junction = "enlarged"
    if chance * whole >= _CASTELLVI["enlarged"]:
        joint = chance * whole < _CASTELLVI["enlarged"] + _CASTELLVI["joint"]
        kind = "joint" if joint else "fused"
    if not alone:
        return kind, kind
    return ("free", kind) if left else (kind, "free")

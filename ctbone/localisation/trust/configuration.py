"""Every threshold by which a vertebra is refused or flagged, with its unit and where it is from.

"Design choice" means that no publication gives the number: it was chosen on simulated patients
with disease so that few healthy vertebrae are refused (docs/trust.md says how few).
"Recalled" means that the source was not looked up again.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

#: Thresholds of attenuation itself, and no size or difference: water has 0 HU. A wall that may be
#: less dense than the inside is one that is not asked for.
_ATTENUATIONS = frozenset({"metal_hu", "least_hu", "most_hu", "gas_hu", "wall_hu"})


@dataclass(frozen=True, kw_only=True)
class TrustConfig:
    """When a vertebra is not measured, and when its measurement is flagged."""

    metal_hu: float = 1500.0
    """Metal or cement above this, HU: well above compact bone, of which whole cortex with its
    pores has 900 at 120 kV (recalled)."""
    metal_inside_mm3: float = 20.0
    """Metal inside the body that refuses it, mm3. Design choice."""
    metal_beside_mm3: float = 150.0
    """Metal in the body or within ``beside_mm`` of it that refuses it, mm3. Design choice: a
    pedicle screw or the plate of a disc prosthesis has ten times as much."""
    metal_nearby_mm3: float = 10.0
    """Metal anywhere beside the body that is flagged, mm3. Design choice."""
    beside_mm: float = 6.0
    """How far from the body its neighbourhood reaches, mm. Design choice: as far as pedicles and
    discs do, and not to the next body."""

    fracture_loss: float = 0.20
    """Share of a height whose loss is a fracture: Genant's semiquantitative grade 1 begins at 20 %
    (Genant et al., J Bone Miner Res 1993;8:1137)."""
    borderline_loss: float = 0.15
    """Share whose loss is flagged. 3 SD of the ratio of posterior heights of neighbours, each some
    5 % (recalled of population surveys; 4.5 % in simulated spines)."""

    focus_hu: float = 40.0
    """A region this much below the median of the inside of the body is a hole, HU. Design choice:
    twice what texture and noise usually leave after smoothing."""
    focus_sd: float = 2.5
    """The same as a multiple of what they leave in that body, standard deviations, where that is
    more: dense bone and sharp kernels. Design choice."""
    hole_mm3: float = 200.0
    """Largest hole that texture leaves, mm3. Design choice."""
    dense_hu: float = 40.0
    """A region this much above the median of the inside is sclerotic, HU. Design choice."""
    dense_sd: float = 4.0
    """The same as a multiple of what texture and noise leave in that body, standard deviations,
    where that is more. Design choice: bone that bears more is denser, so that more is left above
    the median than below."""
    dense_mm3: float = 80.0
    """Largest dense region that end plates and texture leave, mm3. Design choice."""
    plate_hu: float = 30.0
    """Bone 5 to 8 mm from an end plate this much denser than the middle, HU, is severe
    degeneration. Design choice: in healthy bodies the 99th percentile is 13 HU."""
    plate_doubt_hu: float = 20.0
    """The same, flagged, HU. Design choice."""

    level_share: float = 0.05
    """Standard deviation of the difference between levels as a share of their mean: intra-
    observer precision of QCT is 3 % for each (Wang et al., Sci Rep 2017;7:6284), and each level
    has 3 % of its own (inferred)."""
    level_hu: float = 5.0
    """What is added to it in sparse bone, HU. Design choice."""
    level_multiple: float = 4.0
    """How many standard deviations they may lie apart. Design choice: 4 SD are passed by one in
    16,000 if errors are normal, and real ones have wider tails."""
    spread_ratio: float = 1.35
    """How much further the attenuation of a level may spread than that of the others in the
    median, times. Design choice: of 139 healthy simulated levels none reached 1.2."""

    least_hu: float = -50.0
    """Lowest median of the inside of a body, HU. Design choice: fatty marrow without any bone has
    about -60 (recalled)."""
    most_hu: float = 500.0
    """Highest, HU. Design choice: young adults have 236 +- 42 in L1 (Hendrickson et al., Iowa
    Orthop J 2018;38:25), more at 80 kV and with contrast agent."""
    gas_hu: float = -300.0
    """Below this is gas, lung or padding, HU. Design choice: well below fat (-100) with noise."""
    gas_mm3: float = 50.0
    """Gas inside a body that makes its mask implausible, mm3. Design choice."""
    wall_hu: float = 10.0
    """How much denser the wall of a body is than its inside at least, HU; a mask on muscle, vessel
    or kidney has none. Design choice."""

    volume_cm3: tuple[float, float] = (6.0, 90.0)
    """Volume of a body from T4 to L5, cm3. Design choice, generous: cadaver means of plates and
    heights (Panjabi et al., Spine 1991;16:861 and 1992;17:299, recalled) give 8 to 35."""
    width_mm: tuple[float, float] = (18.0, 75.0)
    """Width of a body, mm; means 26 to 49 (as above); osteophytes add to it."""
    depth_mm: tuple[float, float] = (15.0, 60.0)
    """Depth, mm; means 23 to 36 (as above)."""
    height_mm: tuple[float, float] = (8.0, 50.0)
    """Height, mm; means 17 to 26 (as above); collapsed bodies keep at least a third."""
    flatness: tuple[float, float] = (0.15, 1.3)
    """Height over width; means 0.5 to 0.65 (as above)."""
    spacing_mm: tuple[float, float] = (15.0, 55.0)
    """Distance between the centres of neighbours from T4 to L5, mm; means 21 to 37 (as above, with
    discs of Zhou et al., Eur Spine J 2000;9:242, recalled)."""
    spacing_ratio: tuple[float, float] = (0.6, 1.6)
    """The same over the median of a patient's others: a level left out doubles it, one counted
    twice halves it. Design choice."""

    padding_share: float = 0.05
    """Share of the voxels next to a body that may lie outside the scanned field. Design choice."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple) and not value[0] < value[1]:
                raise ValueError(f"{field.name} must ascend, got {value[0]:g} to {value[1]:g}")
            least = value[0] if isinstance(value, tuple) else value
            if least < 0.0 and field.name not in _ATTENUATIONS:
                raise ValueError(f"{field.name} must not be negative, got {least:g}")
        if not 0.0 < self.borderline_loss <= self.fracture_loss < 1.0:
            raise ValueError(
                "borderline_loss and fracture_loss must ascend within 0 and 1, "
                f"got {self.borderline_loss:g} and {self.fracture_loss:g}"
            )
        if not self.least_hu < self.most_hu:
            raise ValueError(f"least_hu must lie below most_hu, got {self.least_hu:g}")


#: What ``localise`` and ``screen`` take.
TRUST = TrustConfig()

"""What a spine measures, level by level, before age, sex and chance.

Dimensions are means of cadaver series, millimetres: Panjabi et al., Spine 1991;16:861 (thoracic)
and 1992;17:299 (lumbar) for the end plates, the posterior height of the body, the pedicles, the
canal and the processes, rounded to half a millimetre and recalled rather than copied; Zhou et al.,
Eur Spine J 2000;9:242 for disc heights. Inclinations are a smooth supine profile with 50 degrees
of lordosis and 35 of kyphosis, in the middle of the published ranges. C3 to C7, S1 and the caudal
sacrum are inferred: they are there to look at, not to measure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ctbone.anatomy import VertebralLevel


@dataclass(frozen=True, slots=True)
class LevelSize:
    """Mean dimensions of one level.

    Attributes:
        width_mm: Width of the end plates, left to right.
        depth_mm: Depth of the end plates, front to back.
        height_mm: Height of the body.
        disc_mm: Height of the disc below it.
        inclination_deg: How far its superior axis leans forward.
        pedicle_mm: Width and height of a pedicle.
        canal_mm: Width and depth of the canal.
        span_mm: Tip to tip of the transverse processes.
        spinous_mm: From the back of the body to the tip of the spinous process.
        spinous_drop: Slope of the spinous process, downwards over backwards.
        bmd_ratio: Trabecular density relative to L1; inferred.
    """

    width_mm: float
    depth_mm: float
    height_mm: float
    disc_mm: float
    inclination_deg: float
    pedicle_mm: tuple[float, float]
    canal_mm: tuple[float, float]
    span_mm: float
    spinous_mm: float
    spinous_drop: float
    bmd_ratio: float


_ROWS = {
    #      width depth height disc  incl  pedicle     canal        span  spin. drop  bmd
    "C3": (16.5, 16.0, 13.5, 5.5, -6.0, (4.5, 7.0), (23.0, 15.5), 46.0, 28.0, 0.4, 1.90),
    "C4": (17.0, 16.5, 13.5, 5.5, -2.0, (4.5, 7.0), (24.0, 15.0), 48.0, 29.0, 0.4, 1.85),
    "C5": (18.0, 17.0, 13.5, 5.5, 4.0, (5.0, 7.0), (24.0, 15.0), 50.0, 30.0, 0.4, 1.80),
    "C6": (19.5, 17.5, 13.5, 5.5, 12.0, (5.5, 7.0), (24.0, 15.0), 52.0, 36.0, 0.4, 1.75),
    "C7": (22.5, 18.0, 14.0, 5.0, 20.0, (6.5, 8.0), (23.0, 15.0), 66.0, 46.0, 0.4, 1.65),
    "T1": (26.5, 18.5, 15.0, 4.5, 25.0, (8.5, 9.5), (21.5, 16.0), 75.0, 46.0, 0.5, 1.55),
    "T2": (26.0, 19.5, 16.0, 4.0, 24.0, (8.0, 11.5), (19.5, 15.5), 69.0, 46.0, 0.7, 1.47),
    "T3": (26.0, 22.5, 16.5, 4.0, 21.0, (6.5, 12.0), (18.5, 16.0), 61.0, 46.0, 0.9, 1.42),
    "T4": (26.5, 23.5, 17.0, 4.0, 17.0, (5.0, 12.0), (17.5, 16.0), 59.0, 47.0, 1.1, 1.36),
    "T5": (27.0, 24.5, 17.5, 4.0, 12.0, (5.0, 11.5), (17.5, 16.0), 61.0, 48.0, 1.3, 1.31),
    "T6": (28.0, 26.0, 18.0, 4.5, 7.0, (5.0, 11.5), (17.5, 16.5), 61.0, 49.0, 1.4, 1.27),
    "T7": (29.5, 27.5, 18.5, 4.5, 2.0, (5.5, 12.0), (17.5, 16.5), 60.0, 50.0, 1.4, 1.23),
    "T8": (31.0, 28.5, 19.0, 4.5, -3.0, (6.0, 12.5), (18.0, 16.5), 60.0, 50.0, 1.3, 1.19),
    "T9": (32.0, 30.0, 20.0, 5.0, -7.0, (6.5, 13.5), (18.0, 16.5), 59.0, 48.0, 1.1, 1.15),
    "T10": (33.5, 31.0, 21.0, 5.5, -10.0, (7.0, 14.5), (18.5, 16.0), 57.0, 46.0, 0.8, 1.11),
    "T11": (36.5, 32.0, 22.0, 6.0, -12.0, (8.5, 16.0), (19.5, 16.5), 52.0, 44.0, 0.5, 1.07),
    "T12": (39.5, 33.0, 23.5, 7.0, -13.0, (9.0, 16.5), (22.0, 18.0), 47.0, 44.0, 0.3, 1.04),
    "T13": (40.5, 33.5, 24.0, 7.5, -13.0, (9.0, 16.5), (22.5, 18.0), 50.0, 46.0, 0.25, 1.02),
    "L1": (42.0, 34.0, 25.0, 8.0, -12.0, (8.0, 16.0), (23.5, 19.0), 71.0, 48.0, 0.2, 1.00),
    "L2": (43.5, 34.5, 26.0, 9.0, -8.0, (8.0, 15.0), (23.5, 18.0), 76.0, 50.0, 0.2, 0.98),
    "L3": (46.0, 35.0, 26.0, 10.0, -2.0, (10.0, 14.5), (24.0, 17.5), 86.0, 51.0, 0.2, 0.96),
    "L4": (48.0, 35.5, 26.0, 10.5, 6.0, (13.0, 15.0), (25.0, 18.0), 82.0, 48.0, 0.2, 0.98),
    "L5": (49.0, 34.5, 25.5, 9.5, 20.0, (17.0, 16.0), (27.0, 19.0), 92.0, 40.0, 0.3, 1.03),
    "L6": (49.5, 34.0, 25.0, 8.5, 27.0, (17.5, 16.0), (28.0, 19.0), 92.0, 38.0, 0.3, 1.03),
    "S1": (50.0, 32.0, 28.0, 1.5, 38.0, (18.0, 16.0), (30.0, 18.0), 60.0, 34.0, 0.3, 0.95),
}

#: Mean dimensions of every level.
SIZES: Mapping[VertebralLevel, LevelSize] = MappingProxyType(
    {VertebralLevel[name]: LevelSize(*row) for name, row in _ROWS.items()}
)

#: Sacral segments below S1: width, depth, height, inclination (degrees): the sacrum is hollow in
#: front, so that its end points forward. Inferred.
SACRAL = ((38.0, 22.0, 24.0, 32.0), (30.0, 17.0, 21.0, 16.0), (24.0, 13.0, 18.0, -6.0),
          (19.0, 10.0, 16.0, -20.0))  # fmt: skip

#: Rib of each thoracic level: how far it reaches round the chest from the posterior midline
#: (degrees), and how far it drops on the way to the front (mm). Inferred from atlases.
RIBS: Mapping[VertebralLevel, tuple[float, float]] = MappingProxyType(
    {
        VertebralLevel[f"T{number}"]: reach
        for number, reach in enumerate(
            ((150.0, 40.0), (155.0, 60.0), (158.0, 75.0), (160.0, 85.0), (160.0, 95.0),
             (160.0, 105.0), (158.0, 112.0), (148.0, 112.0), (138.0, 110.0), (122.0, 105.0),
             (92.0, 85.0), (58.0, 60.0), (40.0, 40.0)),
            start=1,
        )
    }
)  # fmt: skip

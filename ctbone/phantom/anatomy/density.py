"""Drawing how dense the trabecular bone of every level is, and how unevenly it fills the body."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator
from scipy.ndimage import map_coordinates

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy import grain
from ctbone.phantom.anatomy.morphometry import SIZES
from ctbone.phantom.anatomy.outline import body_distances, canal_share, filling, interior_depth
from ctbone.phantom.bone import Interior
from ctbone.phantom.shapes import Array, Vertebra
from ctbone.phantom.tissue import bone_mg_cm3

_L = VertebralLevel

#: Points along the width, depth and height at which the interior is averaged; more move the mean
#: by no more than 0.2 mg/cm3 (measured).
_POINTS = (18, 15, 12)


def mean_l1_hu(age_years: float, sex: str) -> tuple[float, float]:
    """Return mean and standard deviation of the attenuation of L1 at 120 kV, unenhanced.

    226 +- 44 HU below 30 years, 2.5 HU less a year after, 89 +- 38 at 90 and above: Jang et al.,
    Radiology 2019;291:360, both sexes together. The small difference between the sexes (women
    higher when young, lower when old) is inferred; it cancels over both. With it women lose 59 %
    from 30 to 80 years and men 51 %: the gap of nine points is that of trabecular QCT, where
    women lose 55 % over life and men 46 % (Riggs et al., J Bone Miner Res 2004;19:1945; recalled).
    """
    mean = max(226.0 - 2.5 * max(age_years - 30.0, 0.0), 89.0)
    sd = float(np.interp(age_years, (30.0, 90.0), (44.0, 38.0)))
    gap = float(np.interp(age_years, (30.0, 50.0, 80.0), (4.0, 2.0, -6.0)))
    return mean + (gap if sex == "F" else -gap), sd


def draw_bmd(
    levels: tuple[VertebralLevel, ...],
    *,
    sex: str,
    age_years: float,
    shift_mg_cm3: float,
    rng: Generator,
) -> dict[VertebralLevel, float]:
    """Draw the trabecular density of every level, mg/cm3 of K2HPO4, correlated between levels.

    Levels drift apart with their distance from L1, 2 % a level, and each stands 3 % by itself:
    neighbours then correlate with 0.98 and L1 with T7 with 0.9, as in trabecular QCT (inferred).
    """
    mean, sd = mean_l1_hu(age_years, sex)
    l1 = max(bone_mg_cm3(rng.normal(mean, sd), kvp=120) + shift_mg_cm3, 8.0)
    density, drift = {}, 0.0
    for level in sorted(levels, key=lambda level: abs(level.order - _L.L1.order)):
        drift += 0.0 if level is _L.L1 else float(rng.normal(0.0, 0.02))
        own = 1.0 if level is _L.L1 else float(rng.normal(1.0 + drift, 0.03))
        density[level] = round(max(l1 * SIZES[level].bmd_ratio * own, 5.0), 2)
    return density


def draw_interiors(bodies: tuple[Vertebra, ...], rng: Generator) -> tuple[Vertebra, ...]:
    """Draw how unevenly the bodies of one patient are filled, and the rings at their rims.

    Bone is denser near the end plates and towards the back, and sparest a little in front of the
    middle (Banse et al., Bone 2001;28:563, Hulme et al., Bone 2007;41:946, both recalled; sizes
    inferred). What the bodies of one patient have in common is drawn once.
    """
    plates, front, hollow = rng.uniform((0.10, -0.02, 0.05), (0.35, 0.12, 0.30))
    vein, rough = rng.uniform(0.5, 1.2), float(np.exp(rng.normal(0.0, 0.2)))
    return tuple(
        normalised(
            replace(
                body,
                ring_mm=float(rng.uniform(0.2, 0.8)),
                interior=Interior(
                    plates=float(plates * rng.uniform(0.8, 1.2)),
                    front=float(front + rng.normal(0.0, 0.02)),
                    hollow=float(hollow * rng.uniform(0.7, 1.3) * _thinning(body.bmd_mg_cm3)),
                    vein=float(min(vein * rng.uniform(0.6, 1.4), 0.95)),
                    vein_mm=(float(rng.uniform(2.5, 6.0)), float(rng.uniform(1.8, 3.6))),
                    vein_tip=float(rng.uniform(-0.1, 0.4)),
                    place=tuple(rng.random(3).tolist()),
                    **_texture(body.bmd_mg_cm3, rough * float(rng.normal(1.0, 0.06))),
                ),
            )
        )
        for body in bodies
    )


def _thinning(bmd_mg_cm3: float) -> float:
    """Return how much deeper the hollow is in sparse bone than in dense (inferred)."""
    return float(np.interp(bmd_mg_cm3, (40.0, 180.0), (1.5, 0.7)))


def _texture(bmd_mg_cm3: float, chance: float) -> dict[str, float]:
    """Return size and wavelength of the texture of bone of a density.

    The wavelength goes with the inverse square root of the density, as the separation of
    trabeculae goes with that of their volume where plates thin out at equal thickness; upright
    trabeculae outlive the others (Mosekilde, Bone 1988;9:247, recalled), so that the grain of
    sparse bone is drawn out. That it is 2.3 mm at 150 mg/cm3, and the sizes, are inferred: the
    interior of real bodies varies by 20 to 30 HU beyond the noise of scans of 3 to 5 mm.
    """
    density = max(bmd_mg_cm3, 15.0)
    return {
        "texture_mg_cm3": (18.0 + 0.26 * density) * chance,
        "grain_mm": 2.3 * (150.0 / density) ** 0.5,
        "stretch": float(np.interp(density, (40.0, 180.0), (2.2, 1.4))),
    }


def normalised(body: Vertebra) -> Vertebra:
    """Return the body with an interior whose mean is its nominal density.

    The mean is that of density and texture over all that lies 4 mm inside the surface
    (``outline.interior_depth``): wall, end plates and all that leans on them is not in it. Lesions
    are not counted: the density is that of the bone between them.
    """
    plain = replace(body, interior=replace(body.interior, level=0.0, texture_mean=0.0))
    (u, v, w), weight, step = interior_points(plain)
    even = filling(plain, u, v, w, canal_share(plain, u, v, w))
    mean = float((even * weight).sum())
    texture = float((_texture_at(plain, (u, v, w), step) * weight).sum())
    interior = replace(plain.interior, level=1.0 - mean, texture_mean=texture)
    return replace(plain, interior=interior)


def interior_points(
    body: Vertebra,
) -> tuple[tuple[Array, Array, Array], Array, tuple[float, float, float]]:
    """Return points in the interior, their weights, which sum to 1, and the steps between them."""
    # A wedge leaves part of the end plates beyond the height at the middle.
    tall = body.height_mm + abs(body.wedge) * body.depth_mm
    depth = interior_depth(body)
    extent = [size - 2.0 * depth for size in (body.width_mm, body.depth_mm, tall)]
    step = tuple(size / n for size, n in zip(extent, _POINTS, strict=True))
    axes = [(np.arange(n) - 0.5 * (n - 1)) * s for n, s in zip(_POINTS, step, strict=True)]
    u, v, w = np.meshgrid(*axes, indexing="ij", sparse=True)
    side, end = (distance + depth for distance in body_distances(body, u, v, w))
    across, along = 0.5 * (step[0] + step[1]), step[2]
    weight = (0.5 - side / across).clip(0.0, 1.0) * (0.5 - end / along).clip(0.0, 1.0)
    return (u, v, w), weight / weight.sum(), (step[0], step[1], step[2])


def _texture_at(
    body: Vertebra, points: tuple[Array, Array, Array], step: tuple[float, float, float]
) -> Array:
    """Return the texture, in standard deviations, as cells of the given size average it."""
    matrix, offset = grain.to_cells(body.interior)
    place = [
        row[0] * points[0] + row[1] * points[1] + row[2] * points[2] + shift
        for row, shift in zip(matrix, offset, strict=True)
    ]
    noise = grain.block(grain.averaging(body.interior, step))
    found = map_coordinates(noise, np.stack(place), order=1, mode="grid-wrap", prefilter=False)
    return np.asarray(found, float)

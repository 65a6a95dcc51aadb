"""Which sizes a CT of a patient can have.

A header that lies about its spacing makes a volume of any size, in memory as in the patient, and a
density or a vertebra measured in it is a number about nothing. The limits are design choices, wide
of what scanners make, and refuse what no patient and no gantry can account for:

* A pixel is 0.1 to 5 mm wide. Reconstructions of a body have 0.2 mm (a field of 100 mm in 512) to
  2 mm (700 mm in 350 for planning and attenuation correction), and maps down to 4 mm occur in
  hybrid imaging. Below lies micro-CT, above no vertebral body is resolved.
* The shorter side of a slice is 1000 mm at most: the bore of a CT gantry is 900 mm wide or less.
  The longer side, which in a coronal slice runs along the body, and the length of the stack are
  2500 mm at most: no table travels further.
* Straightening a tilt makes a volume at most four times as large: a field of 250 mm that is tilted
  by the full 30 degrees over 1300 mm.
"""

from __future__ import annotations

from ctbone.errors import IrregularGeometry

PIXEL_MM = (0.1, 5.0)
LARGEST_SIDE_MM = 1000.0
LARGEST_LENGTH_MM = 2500.0
LARGEST_GROWTH = 4.0


def require_plausible_plane(
    spacing_mm: tuple[float, float], shape: tuple[int, int], *, name: str
) -> None:
    """Refuse slices of a size that no CT has.

    Args:
        spacing_mm: Distance of neighbouring voxels along either side.
        shape: Voxels along either side, in the same order.
        name: What a refusal calls the slices.

    Raises:
        IrregularGeometry: If a pixel or a side is implausible.
    """
    least, most = PIXEL_MM
    if not (least <= min(spacing_mm) and max(spacing_mm) <= most):
        raise IrregularGeometry(
            f"the pixels of a CT are {least:g} to {most:g} mm wide, those of {name} are "
            f"{spacing_mm[0]:g} x {spacing_mm[1]:g} mm"
        )
    sides = [step * count for step, count in zip(spacing_mm, shape, strict=True)]
    if min(sides) > LARGEST_SIDE_MM or max(sides) > LARGEST_LENGTH_MM:
        raise IrregularGeometry(
            f"a slice is at most {LARGEST_SIDE_MM:g} x {LARGEST_LENGTH_MM:g} mm large, that of "
            f"{name} is {sides[0]:g} x {sides[1]:g} mm"
        )


def require_plausible_length(length_mm: float, *, name: str) -> None:
    """Refuse a stack that is longer than any examination.

    Raises:
        IrregularGeometry: If it is.
    """
    if not length_mm <= LARGEST_LENGTH_MM:
        raise IrregularGeometry(
            f"a stack is at most {LARGEST_LENGTH_MM:g} mm long, that of {name} is {length_mm:g} mm"
        )


def require_plausible_growth(before: int, after: int) -> None:
    """Refuse a tilt that would make a volume many times as large.

    Raises:
        IrregularGeometry: If it would.
    """
    if after > LARGEST_GROWTH * before:
        raise IrregularGeometry(
            f"straightened slices are at most {LARGEST_GROWTH:g} times as large as tilted ones, "
            f"these would be {after / before:.1f} times as large"
        )

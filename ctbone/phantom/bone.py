"""The records of what is inside a vertebral body, what grows on it, and what is found in a spine.

Positions are in the body's own frame: millimetres to the left, the back and the top of its
centre. How they turn into voxels is the business of ``painting``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.tissue import Tissue


@dataclass(frozen=True, slots=True, kw_only=True)
class Interior:
    """How unevenly a vertebral body is filled; shares of its mean density, unless a unit stands.

    Attributes:
        level: Added, so that the mean over the interior is the mean density.
        plates: Gained at the end plates.
        front: Gained from the middle to the back.
        hollow: Lost a little in front of the middle.
        vein: Share of the bone that the canal of the basivertebral vein takes at the back.
        vein_mm: Half the width and half the height of that canal at the back.
        vein_tip: Where the canal ends, from the middle (0) to the back (1).
        texture_mg_cm3: Standard deviation of the texture, before any voxel averages over it.
        texture_mean: Mean of the texture over the interior, in standard deviations: taken off.
        grain_mm: Wavelength of the texture.
        stretch: How much longer the texture is along the body than across.
        place: Where in the block of texture the centre of the body lies, as shares of its period.
    """

    level: float = 0.0
    plates: float = 0.0
    front: float = 0.0
    hollow: float = 0.0
    vein: float = 0.0
    vein_mm: tuple[float, float] = (3.0, 2.0)
    vein_tip: float = 0.2
    texture_mg_cm3: float = 0.0
    texture_mean: float = 0.0
    grain_mm: float = 3.0
    stretch: float = 1.0
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)


#: A body that is filled evenly.
EVEN = Interior()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesion:
    """Something in a vertebral body that is not its own trabecular bone: an ellipsoid, blurred.

    Attributes:
        centre_mm: Its centre in the body's own frame.
        semi_axes_mm: Half its extent along the axes of that frame.
        filling: A tissue, or bone of a density, mg/cm3 of K2HPO4.
        edge_mm: Over how much its border fades.
        ragged: How far the texture of the body moves the border, as a share of the extent.
        share: How much of the bone it replaces at its middle.
        rim_mg_cm3: Density of a rim of bone round it; 0 for none.
        rim_mm: Thickness of that rim.
        struts_mm: Distance between thick upright trabeculae that cross it; 0 for none.
        opens: Whether it goes through wall and end plates where it reaches them.
    """

    centre_mm: tuple[float, float, float]
    semi_axes_mm: tuple[float, float, float]
    filling: Tissue | float
    edge_mm: float = 1.0
    ragged: float = 0.0
    share: float = 1.0
    rim_mg_cm3: float = 0.0
    rim_mm: float = 1.0
    struts_mm: float = 0.0
    opens: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Spur:
    """An osteophyte: a lip of bone that an end plate has grown, outside the outline of its body.

    Attributes:
        plate: 1 for the upper end plate, -1 for the lower.
        towards: Direction that it grows in, left and posterior, of length 1.
        size_mm: How far it reaches out.
        curl_mm: How far it reaches over the disc.
        spread: How far round it goes, from a thorn (0) to half the rim (1).
        bmd_mg_cm3: Density of what it is made of, mg/cm3 of K2HPO4.
    """

    plate: Literal[1, -1]
    towards: tuple[float, float]
    size_mm: float
    curl_mm: float
    spread: float
    bmd_mg_cm3: float


#: What can be found in a spine besides what age leaves in every one.
FindingKind = Literal[
    "wedge_fracture",
    "biconcave_fracture",
    "crush_fracture",
    "osteophytes",
    "hyperostosis",
    "schmorl_node",
    "endplate_sclerosis",
    "haemangioma",
    "lytic_metastasis",
    "sclerotic_metastasis",
    "cement",
    "pedicle_screws",
    "disc_prosthesis",
    "cage",
    "laminectomy",
    "vacuum",
    "disc_calcification",
]


#: Where in a vertebra a finding lies.
Side = Literal["left", "right", "front", "back", "middle", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something found in a spine, for the record of the truth.

    Attributes:
        kind: What it is.
        level: The vertebra; for what lies in a disc, the one above.
        grade: Genant's grade of a fracture, 1 to 3; 0 for all else.
        size_mm: Height lost where most was lost, for fractures; else the greatest extent.
        side: Where most of it lies.
    """

    kind: FindingKind
    level: VertebralLevel
    grade: int = 0
    size_mm: float = 0.0
    side: Side = "middle"

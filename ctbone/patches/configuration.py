"""What a network is asked to see of a patch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

#: What of a patch a network sees: a mid-plane, three of them, a stack of axial planes, or all.
Plane = Literal["axial", "sagittal", "coronal", "orthogonal", "axial_slices", "volume"]

#: Whether several planes are channels of one input, or the instances of a bag.
Stack = Literal["channels", "bag"]

#: What one answer is for: a vertebra, or a patient, whose levels are the instances of a bag.
Unit = Literal["vertebra", "patient"]

#: A window by its name.
Window = Literal["bone", "soft", "full"]

#: The windows that a configuration can name, HU. By convention, since readers set them by eye and
#: no two sites alike: bone of level 400 and width 1800, soft tissue of the abdomen of level 50
#: and width 400 (recalled, not verified), and all that twelve bits hold
#: (radiologyweb.org, physics of CT: -1024 to 3071).
WINDOWS: Mapping[Window, tuple[float, float]] = MappingProxyType(
    {"bone": (-500.0, 1300.0), "soft": (-150.0, 250.0), "full": (-1024.0, 3071.0)}
)

#: Attenuation of skeletal muscle, HU, ends included (Aubrey et al., Acta Physiol 2014;210:489).
#: Blood and unenhanced organs lie in it too: where a voxel lies, the network must see for itself.
MUSCLE_HU = (-29.0, 150.0)


@dataclass(frozen=True)
class InputConfig:
    """What a network sees of a patch.

    Attributes:
        plane: Which plane or planes, or the whole patch.
        slices: Axial planes about mid-height; for ``axial_slices`` alone.
        window_hu: Attenuation that maps to 0 and to 1, Hounsfield units, or the name of a
            window; beyond it is clipped.
        mask_channel: Whether the body mask follows the attenuation, in as many channels again.
        stack: Whether the planes of ``axial_slices`` and ``orthogonal`` are channels, or the
            instances of a bag for a head that pools.
        slice_step: From one axial plane to the next, planes of the patch; for ``axial_slices``.
        only_body: Whether all outside the body mask shows as the lower end of the window.
        muscle_channel: Whether skeletal muscle, by its attenuation and outside the body mask,
            follows in as many channels again.
        unit: Whether a head answers for each vertebra, or for a patient, whose vertebrae are the
            instances of a bag.
    """

    plane: Plane = "volume"
    slices: int = 1
    window_hu: Window | tuple[float, float] = (-200.0, 600.0)
    mask_channel: bool = False
    stack: Stack = "channels"
    slice_step: int = 1
    only_body: bool = False
    muscle_channel: bool = False
    unit: Unit = "vertebra"

    def __post_init__(self) -> None:
        if isinstance(self.window_hu, str) and self.window_hu not in WINDOWS:
            raise ValueError(f"window_hu must be one of {sorted(WINDOWS)}, got {self.window_hu!r}")
        if not self.limits_hu[0] < self.limits_hu[1]:
            raise ValueError(f"window_hu must rise, got {self.window_hu}")
        for name in ("slices", "slice_step"):
            value = getattr(self, name)
            if value < 1:
                raise ValueError(f"{name} must be positive, got {value}")
            if value > 1 and self.plane != "axial_slices":
                raise ValueError(f"{name} must be 1 for plane {self.plane!r}, got {value}")
        if self.stack == "bag" and self.plane not in ("axial_slices", "orthogonal"):
            found = f"got {self.plane!r}"
            raise ValueError(f"a bag needs the plane 'axial_slices' or 'orthogonal', {found}")

    @property
    def limits_hu(self) -> tuple[float, float]:
        """Lower and upper end of the window, HU."""
        return WINDOWS[self.window_hu] if isinstance(self.window_hu, str) else self.window_hu

    @property
    def dimensions(self) -> Literal[2, 3]:
        """Spatial dimensions of the input."""
        return 3 if self.plane == "volume" else 2

    @property
    def instances(self) -> int:
        """Instances of the bag; 1 where the input is none."""
        return self._planes if self.stack == "bag" else 1

    @property
    def channels(self) -> int:
        """Channels of the input, or of one instance of a bag."""
        quantities = 1 + self.mask_channel + self.muscle_channel
        return quantities * (1 if self.stack == "bag" else self._planes)

    @property
    def is_bag(self) -> bool:
        """Whether a head that pools is needed: of planes, of levels, or of both."""
        return self.stack == "bag" or self.unit == "patient"

    @property
    def axial_extent(self) -> int:
        """Axial planes of a patch from the first that is seen to the last; 1 where one is."""
        return (self.slices - 1) * self.slice_step + 1

    def sides(self, shape: tuple[int, int, int]) -> tuple[int, ...]:
        """Return the sides of an image, or of a volume, of a patch of a shape, voxels.

        Args:
            shape: Of the patch, along left, posterior and superior.
        """
        left, posterior, superior = shape
        seen: Mapping[Plane, tuple[int, ...]] = {
            "sagittal": (superior, posterior),
            "coronal": (superior, left),
            "orthogonal": (max(shape), max(shape)),
            "volume": (superior, posterior, left),
        }
        return seen.get(self.plane, (posterior, left))

    @property
    def _planes(self) -> int:
        return 3 if self.plane == "orthogonal" else self.slices

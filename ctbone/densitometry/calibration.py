"""From attenuation to density: one line a scanner, never a universal one.

Densities inside ctbone are mg/cm3 of K2HPO4. A line that was fitted against hydroxyapatite is
followed by the conversion HA = 1.15 K2HPO4 - 7.32 mg/cm3 (Faulkner et al. 1993, as quoted in
mitk-gem, issue 52; the original was not seen).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ctbone.mappings import read_record

Phantom = Literal["k2hpo4", "hydroxyapatite"]

_HA_PER_K2HPO4 = 1.15
_HA_OFFSET_MG_CM3 = -7.32

#: Density per Hounsfield unit that a scanner can have, mg/cm3. A design choice: lines of scanners
#: lie near 0.8, so that beyond these a table has its columns swapped, or other units.
LEAST_SLOPE, MOST_SLOPE = 0.2, 3.0

#: Least pairs that a line can be fitted to.
LEAST_PAIRS = 3

#: Least pairs that the scatter of a line means anything from. With their 8 degrees of freedom the
#: 5 % point of chi-square is 2.73, so that the true SD is, at 95 % confidence, at most
#: sqrt(8 / 2.73) = 1.7 times the fitted one. Of 3 pairs, with 1 degree, it can be 16 times.
LEAST_PAIRS_OF_SD = 10

#: Least scatter that measured pairs can have, mg/cm3: QCT itself repeats itself to an RMS-SD of
#: 0.53 to 0.91 (Wang, Sci Rep 2017). Below it, densities were computed from HU, not measured.
LEAST_SD_MG_CM3 = 0.5

#: Standard deviation and standard errors of a line, which cannot be less than nothing.
_SPREADS = ("residual_sd_mg_cm3", "slope_se", "intercept_se_mg_cm3")


def from_hydroxyapatite(density_mg_cm3: float) -> float:
    """Return the density, mg/cm3 of K2HPO4, of one in mg/cm3 of hydroxyapatite.

    Example:
        >>> round(from_hydroxyapatite(107.68), 6)
        100.0
    """
    return (density_mg_cm3 - _HA_OFFSET_MG_CM3) / _HA_PER_K2HPO4


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The line of one scanner at one tube potential.

    Attributes:
        slope_mg_cm3_per_hu: Density per Hounsfield unit.
        intercept_mg_cm3: Density at 0 HU.
        phantom: What the densities of the line are equivalent to.
        scanner: Which scanner it holds for.
        kvp: Tube potential it holds for, kilovolts; ``None`` when the source does not say.
        source: Where it comes from.
        residual_sd_mg_cm3: Scatter about the line of what it was fitted to, which ``bodies`` says;
            ``None`` when unknown. It makes intervals where ``without_interval`` has nothing
            against it.
        slope_se: Standard error of the slope; ``None`` when unknown.
        intercept_se_mg_cm3: Standard error of the intercept; ``None`` when unknown.
        pairs: Paired measurements it was fitted to; ``None`` when unknown.
        line_covariance: Covariance of the errors of slope and intercept, mg2/cm6 per HU. With it
            the errors of the line itself are part of an interval: those of a line that was fitted
            to one scan are as large as the scatter about it. ``None`` when unknown, as in files
            of lines that ctbone fitted before it kept this.
        bodies: Vertebral bodies whose mean the scatter is of: 1 for single vertebrae, 2 for
            patients by the mean of L1 and L2.
    """

    slope_mg_cm3_per_hu: float
    intercept_mg_cm3: float
    phantom: Phantom
    scanner: str
    kvp: float | None
    source: str
    residual_sd_mg_cm3: float | None = None
    slope_se: float | None = None
    intercept_se_mg_cm3: float | None = None
    pairs: int | None = None
    line_covariance: float | None = None
    bodies: int = 1

    def __post_init__(self) -> None:
        if self.phantom not in get_args(Phantom):
            raise ValueError(f"phantom must be k2hpo4 or hydroxyapatite, got {self.phantom!r}")
        if not self.scanner or not self.source:
            raise ValueError("scanner and source must be named: no line holds for every scanner")
        tube = "" if self.kvp is None else f" at {self.kvp:g} kV"
        # A slope that is no number lies in no range.
        if not LEAST_SLOPE <= self.slope_mg_cm3_per_hu <= MOST_SLOPE:
            raise ValueError(
                f"slope_mg_cm3_per_hu of {self.scanner}{tube} must lie between {LEAST_SLOPE:g} and"
                f" {MOST_SLOPE:g}, got {self.slope_mg_cm3_per_hu:.4g}"
            )
        if self.bodies < 1:
            raise ValueError(f"bodies must be 1 or more, got {self.bodies}")
        for name in ("intercept_mg_cm3", "line_covariance", *_SPREADS):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{name} of {self.scanner}{tube} must be finite, got {value}")
            if value is not None and name in _SPREADS and value < 0.0:
                raise ValueError(
                    f"{name} of {self.scanner}{tube} must be 0 or more, got {value:g}"
                )

    def density_mg_cm3(self, attenuation_hu: float) -> float:
        """Return the density, mg/cm3 of K2HPO4, of an attenuation in Hounsfield units."""
        density = self.slope_mg_cm3_per_hu * attenuation_hu + self.intercept_mg_cm3
        if self.phantom == "hydroxyapatite":
            return from_hydroxyapatite(density)
        return density

    @property
    def sd_mg_cm3(self) -> float | None:
        """Scatter about the line, mg/cm3 of K2HPO4; ``None`` without one."""
        if self.residual_sd_mg_cm3 is None or self.without_interval is not None:
            return None
        per = 1.0 if self.phantom == "k2hpo4" else _HA_PER_K2HPO4
        return self.residual_sd_mg_cm3 / per

    def sd_at_mg_cm3(self, attenuation_hu: float, *, bodies: int = 1) -> float | None:
        """Return the standard deviation of a density by the line; ``None`` without one.

        It is the scatter about the line and, where the covariance of its errors is known, what
        the line itself is uncertain by at that attenuation. Of a line through ``n`` pairs that is
        ``s * sqrt(1 + 1 / n + (x - mean)**2 / sum((x_i - mean)**2))``, and the limits are as many
        of it as Student's t has with ``degrees_of_freedom``: the prediction interval of a future
        observation (Montgomery, Peck and Vining, Introduction to Linear Regression Analysis,
        equation 2.45).

        How far bodies of one patient err together is not known, so that the wider is taken either
        way: fewer bodies than the scatter is of scatter as if each erred on its own, and more of
        them as if all erred alike.

        Args:
            attenuation_hu: Attenuation, Hounsfield units.
            bodies: Bodies whose mean the density, or what it is a part of, is.
        """
        scatter, errors = self.sd_mg_cm3, self._errors
        if scatter is None:
            return None
        alone = scatter * math.sqrt(max(self.bodies / bodies, 1.0))
        if errors is None:
            return alone
        slope, intercept, covariance = errors
        line = (slope * attenuation_hu) ** 2 + intercept**2 + 2.0 * attenuation_hu * covariance
        per = 1.0 if self.phantom == "k2hpo4" else _HA_PER_K2HPO4
        return math.sqrt(alone**2 + max(line, 0.0) / per**2)

    @property
    def degrees_of_freedom(self) -> int | None:
        """What the scatter was estimated with: pairs less the two of slope and intercept.

        ``None`` where it counts as known, so that limits are those of the normal distribution: of
        a line that was not fitted to pairs, or whose own errors are not known.
        """
        return None if self.pairs is None or self._errors is None else self.pairs - 2

    @property
    def _errors(self) -> tuple[float, float, float] | None:
        """Standard errors of slope and intercept, and their covariance; ``None`` without one."""
        slope, intercept, both = self.slope_se, self.intercept_se_mg_cm3, self.line_covariance
        if slope is None or intercept is None or both is None:
            return None
        return slope, intercept, both

    @property
    def without_interval(self) -> str | None:
        """Why densities of this line carry no interval; ``None`` where they do."""
        if self.residual_sd_mg_cm3 is None:
            return "the SD about the line is unknown"
        if self.pairs is not None and self.pairs < LEAST_PAIRS_OF_SD:
            return f"the SD about the line needs {LEAST_PAIRS_OF_SD} pairs, found {self.pairs}"
        if self.residual_sd_mg_cm3 < LEAST_SD_MG_CM3:
            found = f"{self.residual_sd_mg_cm3:.2g}"
            return (
                f"the SD about the line of measured pairs is {LEAST_SD_MG_CM3:g} mg/cm3 or more, "
                f"found {found}"
            )
        return None


def fit_calibration(
    attenuation_hu: NDArray[np.float64],
    density_mg_cm3: NDArray[np.float64],
    *,
    phantom: Phantom,
    scanner: str,
    kvp: float | None,
    source: str,
) -> Calibration:
    """Fit density on attenuation by least squares, with standard errors and their covariance.

    Pairs must err each on its own, so that they are of different patients. They are taken for
    single vertebrae: where they are means of several, the line is to say so by its ``bodies``.

    Raises:
        ValueError: If there are fewer than three pairs, all have one attenuation, or the slope is
            none that a scanner can have.
    """
    pairs = len(attenuation_hu)
    if pairs < LEAST_PAIRS or np.ptp(attenuation_hu) == 0.0:
        raise ValueError(f"a line needs {LEAST_PAIRS} pairs of different HU, got {pairs}")
    centre = float(attenuation_hu.mean())
    spread = float(((attenuation_hu - centre) ** 2).sum())
    slope = float(((attenuation_hu - centre) * density_mg_cm3).sum()) / spread
    intercept = float(density_mg_cm3.mean() - slope * centre)
    residuals = density_mg_cm3 - slope * attenuation_hu - intercept
    sd = math.sqrt(float((residuals**2).sum()) / (pairs - 2))
    return Calibration(
        slope_mg_cm3_per_hu=slope,
        intercept_mg_cm3=intercept,
        phantom=phantom,
        scanner=scanner,
        kvp=kvp,
        source=source,
        residual_sd_mg_cm3=sd,
        slope_se=sd / math.sqrt(spread),
        intercept_se_mg_cm3=sd * math.sqrt(1.0 / pairs + centre**2 / spread),
        pairs=pairs,
        line_covariance=-(sd**2) * centre / spread,
    )


def load_calibration(path: Path) -> Calibration:
    """Read a calibration from YAML.

    Raises:
        ValueError: If the file is no mapping, a key is missing or unknown, or a value makes no
            sense; the message names the file.
    """
    return read_record(path, Calibration)


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration as YAML."""
    import yaml

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(asdict(calibration), sort_keys=False), encoding="utf-8")

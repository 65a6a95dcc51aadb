"""The presets that ship, as records.

``configs/presets/`` holds a configuration a system, with comments that say what its source states,
and ``presets.csv``, which says what the review that lists them knows of each: JMIR 2025, e77155,
tables and reference list. A cell is empty where the review lists nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Literal, get_args

from ctbone.delimited import MEMBERS, read_rows
from ctbone.mappings import read_mapping
from ctbone.resources import config_path

_Standard = Literal["QCT", "DXA", "HU"]
_Output = Literal["density", "category"]
_Cut = Literal["osteoporosis", "low_bone_mass"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A published system, as the review knows it, and the configuration that stands for it.

    Attributes:
        id: Its name here, and that of its file.
        study: First author and year.
        year: Year of publication.
        journal: Abbreviated.
        reference_number: Of the study, in the review's list.
        ct: Kinds of CT; empty where not listed.
        region: Regions of the body; empty where not listed.
        planes: Planes that the system sees.
        dimensions: Spatial dimensions of its network.
        segmentation: Who outlines the vertebra; the review names the manual ones alone.
        backbone: Its network, in the review's words.
        output: Whether it answers with a density that is then cut, or with a category.
        reference_standard: What it is compared with.
        classes: Categories that it tells apart.
        positive: What it calls positive, of two categories; ``None`` of three.
        end_to_end: Whether it ran from a scan to an answer by itself.
        internal_n: Patients of its internal test; ``None`` where there was none.
        temporal_n: Patients of a later time at the same hospital.
        external_n: Patients of its external test.
        in_meta_analysis: Whether the review pooled it.
        unknown: What the preset had to choose, beside window, sizes and fit.
        configuration: What its file says, as plain values.
    """

    id: str
    study: str
    year: int
    journal: str
    reference_number: int
    ct: tuple[str, ...]
    region: tuple[str, ...]
    planes: tuple[str, ...]
    dimensions: int
    segmentation: Literal["manual", "automatic"]
    backbone: str
    output: _Output
    reference_standard: _Standard
    classes: int
    positive: _Cut | None
    end_to_end: bool
    internal_n: int | None
    temporal_n: int | None
    external_n: int | None
    in_meta_analysis: bool
    unknown: tuple[str, ...]
    configuration: Mapping[str, Any]

    def __post_init__(self) -> None:
        if self.dimensions not in (2, 3) or self.classes not in (2, 3):
            found = f"{self.dimensions} and {self.classes}"
            raise ValueError(f"{self.id}: dimensions and classes must be 2 or 3, got {found}")
        if (self.positive is None) is (self.classes == 2):
            raise ValueError(f"{self.id}: expected what is positive for two classes alone")


def read_presets() -> tuple[Preset, ...]:
    """Read all presets that ship, in the order of the review.

    Raises:
        ValueError: If table and files do not fit each other, or a cell is not what it should be.
    """
    path = config_path("presets/presets.csv")
    rows = read_rows(path, required=tuple(_CELLS))
    return tuple(_preset(row, f"{path.name}, line {line}") for line, row in rows)


def preset_text(name: str) -> str:
    """Return the configuration of a preset as it ships, comments and all.

    Raises:
        ValueError: If no preset is called that.
    """
    known = [preset.id for preset in read_presets()]
    if name not in known:
        near = get_close_matches(name, known, n=1)
        instead = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}"
        raise ValueError(f"no preset {name!r}; {instead}")
    return config_path(f"presets/{name}.yaml").read_text(encoding="utf-8")


def _preset(row: Mapping[str, str], where: str) -> Preset:
    read: dict[str, Any] = {}
    for name, to_value in _CELLS.items():
        try:
            read[name] = to_value(row[name])
        except ValueError as fault:
            raise ValueError(f"{where}: {name} {fault}") from None
    return Preset(**read, configuration=read_mapping(config_path(f"presets/{read['id']}.yaml")))


def _text(cell: str) -> str:
    if not cell:
        raise ValueError("must not be empty")
    return cell


def _number(cell: str) -> int:
    if not cell.isdecimal():
        raise ValueError(f"must be a whole number, got {cell!r}")
    return int(cell)


def _members(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(MEMBERS) if part.strip())


def _known(cell: str) -> int | None:
    return _number(cell) if cell else None


def _one_of(kind: object) -> Callable[[str], str]:
    def read(cell: str) -> str:
        if cell not in get_args(kind):
            raise ValueError(f"must be one of {', '.join(get_args(kind))}, got {cell!r}")
        return cell

    return read


def _cut(cell: str) -> str | None:
    return _one_of(_Cut)(cell) if cell else None


def _truth(cell: str) -> bool:
    return _one_of(Literal["true", "false"])(cell) == "true"


#: How each column of presets.csv is read.
_CELLS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        "id": _text,
        "study": _text,
        "year": _number,
        "journal": _text,
        "reference_number": _number,
        "ct": _members,
        "region": _members,
        "planes": _members,
        "dimensions": _number,
        "segmentation": _one_of(Literal["manual", "automatic"]),
        "backbone": _text,
        "output": _one_of(_Output),
        "reference_standard": _one_of(_Standard),
        "classes": _number,
        "positive": _cut,
        "end_to_end": _truth,
        "internal_n": _known,
        "temporal_n": _known,
        "external_n": _known,
        "in_meta_analysis": _truth,
        "unknown": _members,
    }
)

"""Where a labelled data set keeps its images and masks, and what the numbers in these mean.

A meaning is a label of ``cases.Case``: a VerSe label for a whole vertebra, plus ``RIB`` for the
rib of one. VerSe's layout is BIDS (github.com/anjany/verse, README): ``rawdata/sub-X/*_ct.nii.gz``
and ``derivatives/sub-X/*_seg-vert_msk.nii.gz`` with centroids in ``*_ctd.json``. That of
TotalSegmentator is a folder a patient with ``ct.nii.gz`` and ``segmentations/<structure>.nii.gz``
(recalled), that of nnU-Net ``imagesTr/<case>_0000.nii.gz`` and ``labelsTr/<case>.nii.gz`` with the
names of labels in ``dataset.json`` (recalled).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ctbone.anatomy import LABELS, VertebralLevel
from ctbone.training.cases import RIB
from ctbone.training.recipe import LabelledData, Layout

Meanings = Mapping[int, int]

#: Names of vertebrae and ribs, as TotalSegmentator and most nnU-Net data sets write them.
_VERTEBRA = re.compile(r"(?:vertebrae?[_ ])?([CTLS]\d{1,2})", re.IGNORECASE)
_RIB = re.compile(r"rib[_ ](?:left|right|l|r)[_ ](\d{1,2})", re.IGNORECASE)

_VERSE: Meanings = MappingProxyType({n: int(level) for n, level in LABELS["verse"].items()})


@dataclass(frozen=True)
class LabelledStudy:
    """One CT, its masks and what is in them.

    Attributes:
        patient: Whose it is; a patient's studies are never parted.
        image: The CT; it need not be there, since masks can come without theirs.
        masks: Label maps on one grid, each with the meanings of its numbers; none where the CT
            has nothing beside it that labels vertebrae.
        centroids: File of VerSe centroids, if there is one.
    """

    patient: str
    image: Path
    masks: tuple[tuple[Path, Meanings], ...]
    centroids: Path | None = None

    @property
    def has_ribs(self) -> bool:
        """Whether ribs are labelled too."""
        return any(label >= RIB for _, meanings in self.masks for label in meanings.values())


def find_studies(data: LabelledData) -> tuple[LabelledStudy, ...]:
    """Return the studies of a data set, in order of their names.

    A CT without masks and masks without a CT are among them, so that none goes uncounted.

    Raises:
        ValueError: If the folder is not there, or not laid out as it is said to be.
    """
    if not data.path.is_dir():
        raise ValueError(f"labelled data: expected a folder, found none at {data.path.name}")
    return _FINDERS[data.layout](data.path)


def _find_verse(root: Path) -> tuple[LabelledStudy, ...]:
    images = set(root.glob("**/rawdata/sub-*/**/*_ct.nii.gz"))
    masks = root.glob("**/derivatives/sub-*/**/*_seg-vert_msk.nii.gz")
    found = [_verse_study(image) for image in sorted(images | {_verse_image(m) for m in masks})]
    if not any(study.image in images and study.masks for study in found):
        raise ValueError(
            "labelled data in the verse layout: expected rawdata/sub-*/*_ct.nii.gz with "
            "derivatives/sub-*/*_seg-vert_msk.nii.gz, found "
            f"{len(images)} images and no mask of any in {root.name}"
        )
    return tuple(found)


def _verse_image(mask: Path) -> Path:
    """Return where the CT of a mask belongs."""
    derived = next(folder for folder in mask.parents if folder.name == "derivatives")
    beside = derived.parent / "rawdata" / mask.parent.relative_to(derived)
    return beside / f"{mask.name.removesuffix('_seg-vert_msk.nii.gz')}_ct.nii.gz"


def _verse_study(image: Path) -> LabelledStudy:
    raw = next(folder for folder in image.parents if folder.name == "rawdata")
    beside = raw.parent / "derivatives" / image.parent.relative_to(raw)
    stem = image.name.removesuffix("_ct.nii.gz")
    mask = beside / f"{stem}_seg-vert_msk.nii.gz"
    centroids = sorted(beside.glob(f"{stem}_seg-*_ctd.json"))
    patient = image.relative_to(raw).parts[0]
    masks = ((mask, _VERSE),) if mask.is_file() else ()
    return LabelledStudy(patient, image, masks, next(iter(centroids), None))


def _find_totalsegmentator(root: Path) -> tuple[LabelledStudy, ...]:
    images = set(root.glob("*/ct.nii.gz"))
    labelled = {folder.parent / "ct.nii.gz" for folder in root.glob("*/segmentations")}
    found = [_totalsegmentator_study(image) for image in sorted(images | labelled)]
    if not any(study.image in images and study.masks for study in found):
        raise ValueError(
            "labelled data in the totalsegmentator layout: expected */ct.nii.gz with "
            "segmentations/vertebrae_L1.nii.gz and the like, found "
            f"{len(images)} images and vertebrae of none in {root.name}"
        )
    return tuple(found)


def _totalsegmentator_study(image: Path) -> LabelledStudy:
    masks = sorted((image.parent / "segmentations").glob("*.nii.gz"))
    named = [(path, _meaning(path.name.removesuffix(".nii.gz"))) for path in masks]
    known = tuple((path, {1: label}) for path, label in named if label is not None)
    has_vertebra = any(label < RIB for _, meanings in known for label in meanings.values())
    return LabelledStudy(image.parent.name, image, known if has_vertebra else ())


def _find_nnunet(root: Path) -> tuple[LabelledStudy, ...]:
    meanings = _nnunet_meanings(root / "dataset.json")
    images = {
        path.name.removesuffix("_0000.nii.gz"): path
        for path in (root / "imagesTr").glob("*_0000.nii.gz")
    }
    masks = {
        path.name.removesuffix(".nii.gz"): path for path in (root / "labelsTr").glob("*.nii.gz")
    }
    if not images.keys() & masks.keys():
        raise ValueError(
            "labelled data in the nnunet layout: expected imagesTr/*_0000.nii.gz with "
            f"labelsTr/*.nii.gz, found {len(images)} images and labels of none in {root.name}"
        )
    return tuple(
        LabelledStudy(
            case,
            images.get(case, root / "imagesTr" / f"{case}_0000.nii.gz"),
            ((masks[case], meanings),) if case in masks else (),
        )
        for case in sorted(images.keys() | masks.keys())
    )


def _nnunet_meanings(path: Path) -> Meanings:
    """Read what the labels of a data set mean: by name, or by number as older ones have it."""
    if not path.is_file():
        raise ValueError("labelled data in the nnunet layout: expected dataset.json, found none")
    try:
        labels = json.loads(path.read_text(encoding="utf-8"))["labels"]
        pairs = [_named_number(*item) for item in labels.items()]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(
            "labelled data in the nnunet layout: expected labels in dataset.json, each a name and "
            f"one number; found otherwise ({type(error).__name__})"
        ) from error
    known = {number: label for name, number in pairs if (label := _meaning(name)) is not None}
    if not any(label < RIB for label in known.values()):
        names = ", ".join(name for name, _ in pairs[:5])
        raise ValueError(
            "labelled data in the nnunet layout: expected vertebrae such as vertebrae_L1 or L1 "
            f"among the labels of dataset.json, found {names or 'no label'}"
        )
    return known


def _named_number(one: str, other: object) -> tuple[str, int]:
    return (str(other), int(one)) if one.isdigit() else (one, int(str(other)))


def _meaning(name: str) -> int | None:
    """Return what a structure of some name is; ``None`` if it is neither vertebra nor rib."""
    if rib := _RIB.fullmatch(name):
        level = f"T{int(rib[1])}"
        return VertebralLevel[level] + RIB if level in VertebralLevel.__members__ else None
    vertebra = _VERTEBRA.fullmatch(name)
    level = vertebra[1].upper() if vertebra else ""
    return int(VertebralLevel[level]) if level in VertebralLevel.__members__ else None


_FINDERS: Mapping[Layout, Callable[[Path], tuple[LabelledStudy, ...]]] = MappingProxyType(
    {"verse": _find_verse, "totalsegmentator": _find_totalsegmentator, "nnunet": _find_nnunet}
)

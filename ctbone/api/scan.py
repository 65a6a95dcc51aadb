"""One CT, read: ``ctbone.read``."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ctbone.api.given import sentences, to_place
from ctbone.api.options import Group, Location, ReadOptions, ask
from ctbone.api.shown import Picture, Shown
from ctbone.errors import NothingUsable, NotHounsfield
from ctbone.ingest import SeriesRule, index_export, read_study
from ctbone.localisation import LocaliseConfig, picture_png
from ctbone.pages import Cell, Facts, Fragment, Note
from ctbone.records import Flag, SeriesRecord, StudyRecord
from ctbone.report.words import meaning
from ctbone.screening import acquisition_of
from ctbone.volume import CTVolume

#: What there is to read.
_SOURCE = "the path of a folder or a file"

#: UIDs that a message names.
_NAMED = 5

#: What a header tells, of which an array knows nothing.
_UNKNOWN = (Flag.KVP_UNKNOWN, Flag.KERNEL_UNKNOWN, Flag.CONTRAST_UNKNOWN)


@dataclass(frozen=True, slots=True, eq=False)
class Scan(Shown):
    """A series that was read, and what its header says.

    Attributes:
        volume: Its voxels in Hounsfield units, and where they lie.
        series: The series.
        study: The study it is of.
    """

    volume: CTVolume
    series: SeriesRecord = field(repr=False)
    study: StudyRecord = field(repr=False)

    @classmethod
    def of(cls, volume: CTVolume) -> Scan:
        """Return a volume of which no header tells anything.

        Raises:
            NotHounsfield: If a value is not finite, as it is of none that was read.

        Example:
            >>> Scan.of(CTVolume(np.zeros((4, 5, 6), np.int16), np.eye(4), series_uid=""))
            Scan(volume=CTVolume(4 x 5 x 6 voxels of 1 x 1 x 1 mm, int16))
        """
        # Readers look at what they read; extremes are not finite where any value is not.
        if not np.isfinite([volume.hu.min(), volume.hu.max()]).all():
            raise NotHounsfield("attenuation must be finite, some values of the volume are not")
        series = SeriesRecord(
            series_uid=volume.series_uid,
            modality="CT",
            sop_class_uid="",
            description="",
            kernel="",
            kvp=None,
            contrast=None,
            body_part="",
            manufacturer="",
            model="",
            slices=(),
            flags=_UNKNOWN,
        )
        study = StudyRecord("", "", None, None, None, (series,))
        return cls(volume, series, study)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What a reader of its measurements has to know."""
        return tuple(dict.fromkeys((*self.series.flags, *self.volume.flags)))

    @property
    def picture(self) -> Picture:
        """Its middle planes."""
        return Picture(content=picture_png(self.volume), form="png", alt="Middle planes of a CT")

    def fragment(self) -> Fragment:
        """Return what the object shows of itself."""
        notes = tuple(Note(said) for flag in self.flags if (said := meaning(flag)))
        return Fragment(
            title="CT", pieces=(Facts(items=self._facts()), *notes, self.picture.image)
        )

    def _facts(self) -> tuple[tuple[str, Cell | str], ...]:
        known = acquisition_of(self.series, self.study)
        contrast = {True: "yes", False: "no", None: "not known"}[known.contrast]
        thickness = known.slice_thickness_mm
        return (
            ("voxels", _times(self.volume.hu.shape, "d")),
            ("spacing", f"{_times(self.volume.spacing_mm, '.3g')} mm"),
            ("attenuation", f"{np.min(self.volume.hu):.0f} to {np.max(self.volume.hu):.0f} HU"),
            ("tube potential", "not known" if known.kvp is None else f"{known.kvp:g} kV"),
            ("kernel", known.kernel or "not known"),
            ("slice thickness", "not known" if thickness is None else f"{thickness:g} mm"),
            ("contrast agent", contrast),
            ("maker", known.manufacturer or "not known"),
        )


@sentences()
def read(
    path: Location,
    *,
    study_uid: str | None = None,
    series_uid: str | None = None,
    series: SeriesRule | Group | None = None,
) -> Scan:
    """Read one CT: from a folder that holds a study or a series, or from one file.

    Of several series the one is read that ``ctbone screen`` would measure. Nothing is written.

    Args:
        path: Folder of DICOM or NIfTI files in any layout, or a NIfTI or multi-frame DICOM file.
        study_uid: Which study, where the folder holds several.
        series_uid: Which series, where it should not be the preferred one.
        series: Which series are eligible, as a ``SeriesRule`` or a mapping.

    Raises:
        TypeError: If what is given is no path.
        FileNotFoundError: If there is nothing at the path.
        NothingUsable: If it holds no CT.
        ValueError: If it holds several studies, or not the one or the series that is asked for.
        IngestError: If no series can be read; its ``reason`` and its message say why.
    """
    place = to_place(path, name="path", expected=_SOURCE)
    rule = _rule(series)
    study = _study(place, study_uid or "")
    if series_uid:
        study = _with_series(study, series_uid)
    chosen, volume = read_study(study, rule=rule)
    return Scan(volume, chosen, study)


def _rule(series: SeriesRule | Group | None) -> SeriesRule:
    options: ReadOptions = {} if series is None else {"series": series}
    return ask(LocaliseConfig, options, known=ReadOptions, export=".", out=".").series


def _study(place: Path, study_uid: str) -> StudyRecord:
    if not place.exists():
        raise FileNotFoundError(f"expected a folder or a file to read, found nothing at {place}")
    is_folder = place.is_dir()
    root, name = (place, "") if is_folder else (place.absolute().parent, place.name)
    # Nobody is named: pseudonyms are made under a key that is forgotten.
    found = list(index_export(root, key=secrets.token_bytes(32), name=name))
    wanted = [study for study in found if study_uid in ("", study.study_uid)]
    if not found:
        raise NothingUsable(f"expected a CT at {place}, found neither DICOM nor NIfTI images")
    if len(wanted) == 1:
        return wanted[0]
    asked = f"the study {study_uid}" if study_uid else "one study"
    uids = [study.study_uid for study in found]
    raise ValueError(f"expected {asked} at {place}, found {_listed(uids)}; name it by study_uid")


def _with_series(study: StudyRecord, series_uid: str) -> StudyRecord:
    kept = tuple(one for one in study.series if one.series_uid == series_uid)
    if not kept:
        uids = [one.series_uid for one in study.series]
        raise ValueError(f"expected the series {series_uid} in the study, found {_listed(uids)}")
    return replace(study, series=kept)


def _listed(uids: list[str]) -> str:
    more = f" and {len(uids) - _NAMED} more" if len(uids) > _NAMED else ""
    return f"{len(uids)}: {', '.join(uids[:_NAMED])}{more}"


def _times(values: tuple[float, ...], form: str) -> str:
    return " x ".join(f"{value:{form}}" for value in values)

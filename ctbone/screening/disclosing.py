"""What the files of a screening hold of patients, for its ``privacy.json``."""

from __future__ import annotations

from ctbone.deidentification import PRIVACY, Content, Fate, Handling
from ctbone.ingest import CATALOGUE
from ctbone.localisation.masks.segmentation_source import CARRIED
from ctbone.screening.acquisition import WORDED
from ctbone.screening.configuration import ScreenConfig

#: Text of which details of rejections quote what is known; of multi-frame objects, that of frames.
_QUOTED = (
    "modality", "image_type", "body_part", "rescale_type",
    "frame_type", "frame_region", "frame_region_meaning",
)  # fmt: skip

#: What results say of a header, by name of the value.
_WRITTEN = {
    "study_uid": Fate.KEPT,
    "series_uid": Fate.KEPT,
    "kvp": Fate.KEPT,
    "thickness": Fate.KEPT,
    # Details of rejections.
    **dict.fromkeys(("rows", "columns", "slope", "transfer_syntax"), Fate.KEPT),
    **dict.fromkeys(_QUOTED, Fate.KNOWN_WORDS),
    "study_date": Fate.MONTH,
    **dict.fromkeys(WORDED, Fate.KNOWN_WORDS),
}

#: What a row of results.csv holds; the ledger has the same.
_ROW = (Content.PSEUDONYM, Content.SCANNER, Content.UIDS, Content.MONTH)

_FILES = {
    CATALOGUE: (Content.PATHS, Content.PSEUDONYM, Content.UIDS, Content.DATES),
    "ledger.sqlite3": _ROW,
    "results.csv": _ROW,
    "vertebrae.csv": (Content.UIDS,),
    "rejections.csv": (Content.UIDS,),
    "lines.csv": (Content.UIDS,),
    "pictures/*.png": (Content.UIDS, Content.IMAGE),
    "fhir/*.json": (Content.PSEUDONYM, Content.UIDS),
    "undelivered/*.txt": (Content.UIDS,),
    "run.json": (),
    PRIVACY: (),
}

#: Of the patient of the images, or of the pseudonym.
_OBJECTS = {
    "source": (Content.PATIENT, Content.UIDS, Content.DATES, Content.AGE_AND_SEX, Content.IMAGE),
    "pseudonym": (Content.PSEUDONYM, Content.UIDS, Content.AGE_AND_SEX, Content.IMAGE),
}


def handling_of(config: ScreenConfig) -> Handling:
    """Return what a screening does to identifiers, as it is asked for."""
    is_dicom = bool(set(config.deliver) - {"fhir"})
    objects = _OBJECTS[config.deliver_patient]
    return Handling(
        command="screen",
        written=_WRITTEN | (_referred(config) if is_dicom else {}),
        files={**_FILES, "dicom/*.dcm": objects, ".delivery-*": objects},
        copied=CARRIED[config.deliver_patient] if is_dicom else (),
    )


def _referred(config: ScreenConfig) -> dict[str, Fate]:
    """Return what DICOM objects repeat of the images they refer to, beside their patient."""
    frame = Fate.KEPT if "seg" in config.deliver else Fate.DROPPED
    kept = dict.fromkeys(("sop_instance_uid", "character_set"), Fate.KEPT)
    return {**kept, "frame_of_reference": frame}

"""Where the objects of a study lie: whole or not at all, and none of an earlier outcome.

::

    dicom/STUDY_UID/        DICOM objects; the folder appears with all of them in it
    fhir/STUDY_UID.json     the FHIR Observation
    undelivered/STUDY_UID.txt   what could not be made, and why: a line each
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ctbone.durability import sync

#: What lies in a workshop: a folder of DICOM objects, and a file.
DICOM, OBSERVATION = "dicom", "observation.json"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the objects of one study lie.

    Attributes:
        out: Folder of the run.
        name: What its files are called.
    """

    out: Path
    name: str

    @property
    def dicom(self) -> Path:
        """Folder of its DICOM objects."""
        return self.out / "dicom" / self.name

    @property
    def fhir(self) -> Path:
        """File of its Observation."""
        return self.out / "fhir" / f"{self.name}.json"

    @property
    def undelivered(self) -> Path:
        """File that says what could not be made."""
        return self.out / "undelivered" / f"{self.name}.txt"

    @property
    def scratch(self) -> Path:
        """Folder in which things are made, and which a process that is killed leaves."""
        return self.out / f".delivery-{self.name}"

    def clear(self) -> None:
        """Remove what an earlier outcome left: it must not be taken for this one's."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        left = [path for path in (self.dicom, self.fhir, self.undelivered) if path.exists()]
        shutil.rmtree(self.dicom, ignore_errors=True)
        self.fhir.unlink(missing_ok=True)
        self.undelivered.unlink(missing_ok=True)
        sync(*(path.parent for path in left))

    @contextmanager
    def workshop(self) -> Iterator[Path]:
        """Give a folder to make things in, beside where they will lie; it is removed after.

        One that a killed process left, with all that it holds of the patient, goes with ``clear``.
        """
        (self.scratch / DICOM).mkdir(parents=True)
        try:
            yield self.scratch
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def take(self, made: Path) -> None:
        """Move what was made in a workshop into place, on disk before its study is said to be."""
        objects, observation = sorted((made / DICOM).iterdir()), made / OBSERVATION
        if objects:
            sync(*objects, made / DICOM)
            self._move(made / DICOM, self.dicom)
        if observation.is_file():
            sync(observation)
            self._move(observation, self.fhir)

    def _move(self, made: Path, place: Path) -> None:
        is_new = not place.parent.is_dir()
        place.parent.mkdir(exist_ok=True)
        made.replace(place)
        sync(place.parent, *([self.out] if is_new else []))

    def tell(self, failures: Mapping[str, str]) -> None:
        """Say what could not be made."""
        if failures:
            self.undelivered.parent.mkdir(exist_ok=True)
            lines = [f"{kind}: {' '.join(why.split())}\n" for kind, why in failures.items()]
            self.undelivered.write_text("".join(lines), encoding="utf-8")
            sync(self.undelivered, self.undelivered.parent)

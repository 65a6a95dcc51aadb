"""An export of damaged studies beside sound ones, on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.hostile_studies.damage import damaged_study
from benchmarks.hostile_studies.studies import (
    KINDS,
    MARK,
    Study,
    make_study,
    sound_mask,
    write_study,
)


@dataclass(frozen=True)
class Export:
    """What was written.

    Attributes:
        root: Holds ``export``, ``masks`` and ``masks.csv``.
        done: What was done to each study, by the folder that it was written to.
        suspects: Files that differ from those of sound studies, and one of each that do not.
    """

    root: Path
    done: dict[Path, str]
    suspects: tuple[Path, ...]

    @property
    def words(self) -> list[str]:
        """Command line that screens it, but for where to and by how many workers."""
        given = {"export": self.root / "export", "masks": self.root / "masks.csv"}
        options = given | {"levels": "L1", "pictures": "false", "device": "cpu"}
        return ["screen", *(word for n, v in options.items() for word in (f"--{n}", str(v)))]


def write_export(root: Path, *, studies: int, seed: int) -> Export:
    """Write a sound study of each kind, and as many with one thing done to each as are asked for.

    Args:
        root: A new folder.
        studies: How many are damaged.
        seed: With the number of a study, it decides what is done to it.
    """
    (root / "masks").mkdir(parents=True)
    (root / "masks" / "sound.nii.gz").write_bytes(sound_mask())
    rows, done, suspects = ["series_uid,image,mask,numbering,holds"], {}, []
    for number in range(len(KINDS) + studies):
        if number < len(KINDS):
            study, name = make_study(KINDS[number], number), "nothing"
        else:
            study, name = damaged_study(number, seed=seed)
        folder = write_study(study, root)
        done[folder] = name
        suspects += [folder / one for one in _suspects(study)]
        if study.listed:
            rows.append(_row(study))
    (root / "masks.csv").write_text("\n".join([*rows, ""]))
    return Export(root, done, tuple(suspects))


def _suspects(study: Study) -> list[str]:
    sound = make_study(study.kind, study.number).files
    changed = [name for name, file in study.files.items() if sound.get(name) != file]
    return changed + [name for name in study.files if name not in changed][:1]


def _row(study: Study) -> str:
    own = study.mask is not sound_mask()
    mask = f"masks/{study.number:05d}.nii.gz" if own else "masks/sound.nii.gz"
    if study.kind == "nifti":
        (name,) = study.files
        return f",{MARK}{study.number:05d}/{name},{mask},verse,body"
    return f"{study.series_uid},,{mask},verse,body"

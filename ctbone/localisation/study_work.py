"""What ``ctbone localise`` does with one study, and what the studies gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ctbone.anatomy import to_levels
from ctbone.attempts import Failure, StageClock, guard
from ctbone.errors import LocalisationError
from ctbone.ingest import first_readable, write_label_map
from ctbone.localisation.configuration import LocaliseConfig
from ctbone.localisation.locator import Locator
from ctbone.localisation.masks import DicomMasks, label_map
from ctbone.localisation.pictures import picture
from ctbone.localisation.reviewing import Verdicts, locate_reviewed, select_accepted
from ctbone.localisation.trust import assess
from ctbone.localisation.vertebra_rows import measure_study
from ctbone.records import (
    BmdEstimate,
    Rejection,
    SeriesRecord,
    StudyRecord,
    VertebraLocalisation,
)
from ctbone.volume import CTVolume


@dataclass
class Findings:
    """What the studies gave, in the form that is written.

    Attributes:
        vertebrae: Rows of vertebrae.csv.
        masks: Rows of masks.csv.
        rejections: The studies that gave no level.
        located: How many gave one.
        undrawn: How many have no picture.
        unfiled: How many should have DICOM segmentations and have none.
    """

    vertebrae: list[dict[str, object]] = field(default_factory=list)
    masks: list[dict[str, object]] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    located: int = 0
    undrawn: int = 0
    unfiled: int = 0


@dataclass(frozen=True)
class StudyWork:
    """What is done with a study; what it finds is kept even where the study is then refused.

    Attributes:
        locate: What finds its vertebrae.
        verdicts: What a person said of studies.
        config: What is asked for.
        clock: Told the stages as they begin.
        findings: Where what is found is gathered.
        file: Writes DICOM segmentations where they are asked for.
    """

    locate: Locator
    verdicts: Verdicts
    config: LocaliseConfig
    clock: StageClock
    findings: Findings
    file: DicomMasks

    def __call__(self, study: StudyRecord) -> None:
        """Read, locate, assess, measure, write and draw.

        Raises:
            CtboneError: If the study was rejected in review or cannot be read, or none of its
                levels may be measured.
        """
        select = partial(select_accepted, rule=self.config.series, verdicts=self.verdicts)
        series, volume = first_readable(study, select=select, enter=self.clock.enter)
        self.clock.enter("locate")
        try:
            located = locate_reviewed(study.study_uid, volume, self.locate, verdicts=self.verdicts)
            vertebrae = assess(volume, located, config=self.config.trust)
        except LocalisationError as fault:
            self._draw(study, volume, refusal=fault)
            raise
        self._keep(study, series, volume, vertebrae)

    def _keep(
        self,
        study: StudyRecord,
        series: SeriesRecord,
        volume: CTVolume,
        vertebrae: tuple[VertebraLocalisation, ...],
    ) -> None:
        self.clock.enter("estimate")
        found = measure_study(
            volume,
            vertebrae,
            levels=to_levels(self.config.levels),
            fallback=to_levels(self.config.fallback),
        )
        self.clock.enter("show")
        vertebrae = found.vertebrae
        self.findings.masks.append(_write_mask(study, volume, vertebrae, self.config.out))
        self.findings.unfiled += not self.file(study, series, volume, vertebrae)
        place = {"study_uid": study.study_uid, "series_uid": volume.series_uid}
        self.findings.vertebrae += [place | row for row in found.rows]
        self._draw(study, volume, vertebrae, found.shown, refusal=found.refusal)
        if found.refusal:
            # What was located is the reason, whatever was done with it since.
            self.clock.enter("locate")
            raise found.refusal

    def _draw(
        self,
        study: StudyRecord,
        volume: CTVolume,
        vertebrae: Sequence[VertebraLocalisation] = (),
        estimates: Sequence[BmdEstimate] = (),
        *,
        refusal: LocalisationError | None = None,
    ) -> None:
        """Draw a study; where that fails, what was found is kept all the same."""
        path = self.config.out / "pictures" / f"{study.study_uid}.png"
        note = f"{refusal.reason}: {refusal}" if refusal else ""
        levels = to_levels(self.config.levels)
        drawn = guard(
            lambda: picture(volume, vertebrae, estimates, path, note=note, levels=levels)
        )
        self.findings.undrawn += isinstance(drawn, Failure)


def _write_mask(
    study: StudyRecord,
    volume: CTVolume,
    vertebrae: Sequence[VertebraLocalisation],
    out: Path,
) -> dict[str, object]:
    name = f"masks/{study.study_uid}.nii.gz"
    (out / "masks").mkdir(exist_ok=True)
    write_label_map(out / name, label_map(volume.grid, vertebrae), volume.affine)
    return {"series_uid": volume.series_uid, "mask": name, "numbering": "ctbone"}

"""What ``ctbone screen`` is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ctbone.anatomy import MeasuredLevel, require_levels
from ctbone.delivery import Deliverable
from ctbone.densitometry import DomainConfig, Phase
from ctbone.devices import Device, Runtime
from ctbone.ingest import SeriesRule
from ctbone.localisation import LocatorName, PatientModule, locator_choice
from ctbone.localisation.trust import TrustConfig, require_fallback

#: Reasons that lie in the machine, and may have passed when a run goes on.
Passing = Literal["time_limit", "out_of_memory", "worker_lost", "unreadable_file", "unexpected"]

#: Where a scheduler of dask listens.
_ADDRESS = re.compile(r"(tcp|tls)://[^/\s]+:\d+")

#: The levels of the consensus on QCT, measured where nothing else is said.
USUAL_LEVELS: tuple[MeasuredLevel, ...] = ("L1", "L2")


@dataclass(frozen=True, kw_only=True)
class ScreenConfig:
    """Screen a PACS export: one result or one rejection for every study.

    Attributes:
        export: Folder of DICOM or NIfTI files, in any layout.
        out: Folder for results.csv, vertebrae.csv, rejections.csv, pictures, ledger and run.json.
        model: Model folder of a trained head; without it, the HU line measures.
        masks: masks.csv that lists a label map for each series; without it, the shipped localiser
            finds the vertebrae.
        locator: What finds vertebrae: the shipped localiser, masks.csv or TotalSegmentator.
        calibration: YAML with the scanner's line from HU to mg/cm3, for the HU line alone.
        calibrator: Calibration phantom in the field of every scan, which then gives that scan its
            line: the name of one that ships (mindways_k2hpo4, hydroxyapatite), or a YAML file.
        internal_calibration: Reference of what tissues attenuate, by which air, fat, muscle and
            blood of the patient give each scan its line: soft_tissue, or a YAML file. Off by
            default: docs/densitometry.md says when it is better than a line, and when it is not.
        correction: Table that attenuation is corrected by, for tube potential and contrast phase:
            the name of one that ships (pompe2015_aapm2026), or a YAML file. By default that of the
            model, beside which there is no other, and none without a model.
        assume_phase: Phase of enhanced series whose description tells none, for the correction.
            By default that of the model.
        rule: YAML with the decision rule; by default acr_qct where the estimator gives mg/cm3, and
            hu_l1 where it gives HU.
        reference: Populations whose normal densities give qct_t_score and qct_z_score, for
            information alone: YAML files (docs/densitometry.md has their form), one for any sex or
            one a sex. None by default.
        levels: The levels to measure; the value of a patient is their mean. By default those that
            the model learnt from, and L1 and L2 without a model.
        fallback: The levels to measure where none of those may be; such a result is flagged.
        trust: When a vertebra is not measured; docs/trust.md says what each threshold does.
        review: review.csv of a person who looked at an earlier run: studies are rejected, and
            vertebrae named, as it says, before anything is measured (docs/trust.md).
        localiser: Weights that ctbone train wrote, instead of those that ship.
        series: Which series of a study are eligible.
        domain: Which acquisitions are measured. By default those of the model, and without one
            those that docs/densitometry.md says. Its options are listed by --domain.help.
        site_key: File whose bytes key the pseudonyms; by default a random key is kept in
            catalogue.sqlite3.
        pictures: Whether to draw a quality-control picture of each study that is read: of a
            rejected one with the reason.
        deliver: What to write for other systems, into dicom/ and fhir/ of out: sr, a structured
            report; seg, segmentations of bodies and measured regions; capture, the picture as a
            secondary capture; pdf, a page as an encapsulated PDF; fhir, an Observation. DICOM
            objects carry the patient of their images (docs/delivery.md). None by default.
        deliver_patient: Whose patient DICOM objects carry: that of the source, without whom an
            archive does not file them beside the CT, or the pseudonym.
        deliver_rejected: Whether rejected studies get a report and an Observation that say why.
        device: Where networks run; auto takes a GPU when there is one.
        runtime: What computes the head of a model: torch, or on a processor OpenVINO (extra
            openvino), which is quicker there for most heads, with the same densities.
        engine: Where studies are screened: by processes of this machine, or by workers of dask
            (docs/screening.md), which need the extra dask.
        scheduler: Address of your own scheduler of dask, such as tcp://node1:8786, whose workers
            then screen; without it, the engine dask starts its workers on this machine.
        workers: Processes that screen side by side, each with its own networks; docs/screening.md
            says how many to take. 0 screens in this process, which a study can then crash or hang.
        time_limit_s: Longest time that a study may take, in seconds; then it is rejected.
        memory_limit_gb: Most memory that a worker may take, in GB of 10^9 bytes; a study that
            takes more is rejected. By default as much as the system gives.
        again: Studies that an earlier session rejected for one of these reasons are screened once
            more.
    """

    export: Path
    out: Path
    model: Path | None = None
    masks: Path | None = None
    locator: LocatorName = "native"
    calibration: Path | None = None
    calibrator: Path | None = None
    internal_calibration: Path | None = None
    correction: Path | None = None
    assume_phase: Phase | None = None
    rule: Path | None = None
    reference: tuple[Path, ...] = ()
    levels: tuple[MeasuredLevel, ...] = ()
    fallback: tuple[MeasuredLevel, ...] = ()
    trust: TrustConfig = field(default_factory=TrustConfig)
    review: Path | None = None
    localiser: Path | None = None
    series: SeriesRule = field(default_factory=SeriesRule)
    domain: DomainConfig | None = None
    site_key: Path | None = None
    pictures: bool = True
    deliver: tuple[Deliverable, ...] = ()
    deliver_patient: PatientModule = "source"
    deliver_rejected: bool = False
    device: Device = "auto"
    runtime: Runtime = "torch"
    engine: Literal["local", "dask"] = "local"
    scheduler: str | None = None
    workers: int = 1
    time_limit_s: float = 900.0
    memory_limit_gb: float | None = None
    again: tuple[Passing, ...] = ()

    def __post_init__(self) -> None:
        if self.levels:
            require_levels(self.levels)
        _require_one_way(self)
        _require_head(self)
        if self.deliver_rejected and not {"sr", "fhir"}.intersection(self.deliver):
            raise ValueError("rejected studies are told by reports: give --deliver sr or fhir")
        # A model says itself which levels it learnt from; that is asked once the run begins.
        if self.levels or not self.model:
            require_fallback(self.levels or USUAL_LEVELS, self.fallback)
        if self.assume_phase and not self.correction and not self.model:
            raise ValueError("assume_phase is for a correction: give --correction with it")
        _require_limits(self)
        _require_engine(self)
        # Built once here, so that what excludes each other is said before anything runs.
        locator_choice(self, images=self.export)


def _require_one_way(config: ScreenConfig) -> None:
    ways = (config.model, config.calibration, config.calibrator, config.internal_calibration)
    if sum(map(bool, ways)) > 1:
        raise ValueError(
            "a calibration belongs to the HU line: give one of --model, --calibration, "
            "--calibrator and --internal_calibration"
        )


def _require_head(config: ScreenConfig) -> None:
    if config.runtime != "torch" and not config.model:
        raise ValueError(f"runtime {config.runtime} is for the head of a model: give --model")


def _require_limits(config: ScreenConfig) -> None:
    if config.workers < 0:
        raise ValueError(f"workers must be 0 or more, got {config.workers}")
    for name in ("time_limit_s", "memory_limit_gb"):
        value = getattr(config, name)
        if value is not None and not value > 0.0:
            raise ValueError(f"{name} must be above 0, got {value:g}")


def _require_engine(config: ScreenConfig) -> None:
    if config.engine == "dask" and config.workers == 0:
        raise ValueError("the engine dask needs --workers 1 or more, got 0")
    if config.scheduler is None:
        return
    if config.engine != "dask":
        raise ValueError("a scheduler is for the engine dask: give --engine dask with it")
    if not _ADDRESS.fullmatch(config.scheduler):
        raise ValueError(
            f"expected a scheduler such as tcp://node1:8786 or tls://node1:8786, got "
            f"{config.scheduler}"
        )
    if config.workers != 1:
        raise ValueError("the workers are those of the scheduler: leave --workers out")

"""The vertebrae of one CT: ``ctbone.localise``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Unpack

import pandas as pd

from ctbone.anatomy import VertebralLevel, to_levels
from ctbone.api.frames import to_frame
from ctbone.api.given import plain, sentences, to_place
from ctbone.api.options import LocaliseOptions, Location, ask
from ctbone.api.scan import Scan, read
from ctbone.api.shown import Picture, Shown
from ctbone.api.vertebra_table import vertebra_table, vertebra_words
from ctbone.devices import resolve_device
from ctbone.ingest import write_label_map
from ctbone.interchange import OUTCOME_FILES
from ctbone.localisation import (
    LocaliseConfig,
    Locator,
    MaskLocator,
    locator_choice,
    mask_entry,
    open_locator,
    picture_png,
)
from ctbone.localisation.masks import label_map
from ctbone.localisation.trust import TrustConfig, assess
from ctbone.localisation.vertebra_rows import MeasuredVertebrae, measure_study
from ctbone.pages import Fragment, Note
from ctbone.records import BmdEstimate, VertebraLocalisation
from ctbone.runs import RunLog
from ctbone.volume import CTVolume

#: The columns of vertebrae.csv that are about a vertebra, and not about its study.
_COLUMNS = tuple(c for c in OUTCOME_FILES["vertebrae.csv"] if not c.endswith("_uid"))

_CT = "a Scan, a CTVolume or the path of a folder or a file"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Localisation(Shown):
    """The vertebrae of one CT, each with what its trabecular region holds or why it does not.

    Attributes:
        scan: The CT.
        found: What was located, measured and chosen.
        located: What was located, before anything was held against it.
        levels: Those that were asked for.
        fallback: Those that stand in for them.
        trust: When a vertebra is not measured.
    """

    scan: Scan
    found: MeasuredVertebrae = field(repr=False)
    located: tuple[VertebraLocalisation, ...] = field(repr=False)
    levels: tuple[VertebralLevel, ...]
    fallback: tuple[VertebralLevel, ...] = ()
    trust: TrustConfig = field(default_factory=TrustConfig, repr=False)

    def __repr__(self) -> str:
        said = ", ".join(map(vertebra_words, self.table.to_dict("records")))
        return f"Localisation({said or 'no vertebra'})"

    def __iter__(self) -> Iterator[VertebraLocalisation]:
        return iter(self.vertebrae)

    def __len__(self) -> int:
        return len(self.vertebrae)

    def __getitem__(self, level: str | VertebralLevel) -> VertebraLocalisation:
        """Return a vertebra by its level or the name of it.

        Raises:
            KeyError: If it was not located.
        """
        name = plain(level)
        for vertebra in self.vertebrae:
            if vertebra.level.name == name:
                return vertebra
        names = ", ".join(vertebra.level.name for vertebra in self.vertebrae)
        raise KeyError(f"{name} was not located, but {names or 'no vertebra'}")

    def __contains__(self, sought: object) -> bool:
        """Whether a level, or one of its name, was located; or whether a vertebra is of these."""
        name = plain(sought) if isinstance(sought, str | VertebralLevel) else None
        return any(one is sought or one.level.name == name for one in self.vertebrae)

    @property
    def vertebrae(self) -> tuple[VertebraLocalisation, ...]:
        """What was located, from cranial to caudal, each with the reason not to measure it."""
        return self.found.vertebrae

    @property
    def estimates(self) -> tuple[BmdEstimate, ...]:
        """Attenuation of the trabecular region of every vertebra that may be measured."""
        return self.found.estimates

    @property
    def refusal(self) -> str:
        """Why none of the levels that were asked for may be measured; empty where one may."""
        fault = self.found.refusal
        return f"{fault.reason}: {fault}" if fault else ""

    @property
    def table(self) -> pd.DataFrame:
        """A row a level, with the columns of vertebrae.csv."""
        return to_frame(self.found.rows, _COLUMNS)

    @property
    def picture(self) -> Picture:
        """The spine with the outlines that were found."""
        content = picture_png(
            self.scan.volume,
            self.vertebrae,
            self.found.shown,
            note=self.refusal,
            levels=self.levels,
        )
        return Picture(content=content, form="png", alt="Spine with outlines of the vertebrae")

    @sentences()
    def write_mask(self, path: Location) -> Path:
        """Write the outlines as a NIfTI label map with the numbers of VerSe; return its path.

        Raises:
            ValueError: If the path does not end in ``.nii`` or ``.nii.gz``.
            FileNotFoundError: If its folder is not there.
        """
        place, volume = to_place(path, name="path"), self.scan.volume
        if not place.name.endswith((".nii", ".nii.gz")):
            raise ValueError(f"expected a path that ends in .nii or .nii.gz, found {place.name}")
        write_label_map(place, label_map(volume.grid, self.vertebrae), volume.affine)
        return place

    def fragment(self) -> Fragment:
        """Return what the object shows of itself."""
        notes = (Note(self.refusal),) if self.refusal else ()
        return Fragment(
            title="Vertebrae of a CT",
            pieces=(*notes, self.picture.image, vertebra_table(self.table)),
        )


@sentences()
def localise(
    source: Scan | CTVolume | Location,
    *,
    mask: Location | None = None,
    numbering: str = "ctbone",
    **options: Unpack[LocaliseOptions],
) -> Localisation:
    """Find the vertebrae of one CT, outline their bodies and measure what may be measured.

    Args:
        source: The CT: what ``read`` returned, a volume, or what ``read`` can read.
        mask: NIfTI label map to take the vertebrae from; the shipped localiser finds them without.
        numbering: What the numbers of the mask mean: ``ctbone``, of bodies by the numbers of
            VerSe; or, of whole vertebrae, ``verse``, ``totalsegmentator`` (version 2, as is
            ``totalsegmentator_v2``), ``totalsegmentator_v1`` or ``monai``. Masks of ``nnunet``
            need the dataset.json that a row of masks.csv names: ``screen`` takes those.
        options: Those of ``ctbone localise``, which ``ctbone localise --help`` describes:
            ``levels``, ``fallback``, ``trust``, ``locator``, ``localiser`` and ``device``.

    Raises:
        TypeError: If an option is none of these, or the source is no CT.
        ValueError: If its value is none, or what is to be read holds several studies; or if a
            numbering is given without a mask.
        FileNotFoundError: If there is nothing to read, or no mask.
        NothingUsable: If what is to be read holds no CT.
        IngestError: If no series can be read.
        LocalisationError: If no vertebra is found, or none can be told from another.
        WeightsMismatch: If weights on disk are not those of their card.
    """
    config = _asked(options)
    if mask is None and numbering != "ctbone":
        raise ValueError(f"expected a mask for the numbering {numbering}, found none")
    scan = to_scan(source)
    levels, fallback = to_levels(config.levels), to_levels(config.fallback)
    locate = _opened(config) if mask is None else _masked(scan, mask, numbering)
    located = locate(scan.volume)
    assessed = assess(scan.volume, located, config=config.trust)
    return Localisation(
        scan=scan,
        found=measure_study(scan.volume, assessed, levels=levels, fallback=fallback),
        located=located,
        levels=levels,
        fallback=fallback,
        trust=config.trust,
    )


def to_scan(source: Scan | CTVolume | Location) -> Scan:
    """Return a CT in whichever form it was given."""
    match source:
        case Scan():
            return source
        case CTVolume():
            return Scan.of(source)
        case _:
            return read(to_place(source, name="source", expected=_CT))


def _asked(options: LocaliseOptions) -> LocaliseConfig:
    given = {name: plain(value) for name, value in options.items()}
    # As for an estimate and for ctbone screen, no levels are those that are usual.
    asked = {name: value for name, value in given.items() if name != "levels" or value}
    return ask(LocaliseConfig, asked, known=LocaliseOptions, export=".", out=".")


def _masked(scan: Scan, mask: Location, numbering: str) -> Locator:
    place = to_place(mask, name="mask", expected="the path of a label map")
    if not place.is_file():
        raise FileNotFoundError(f"expected a label map, found no file at {mask}")
    row = {"mask": str(place.absolute()), "numbering": numbering}
    entry = mask_entry(row, folder=Path(), where="the mask")
    return MaskLocator({scan.volume.series_uid: entry})


def _opened(config: LocaliseConfig) -> Locator:
    log = RunLog("localise", config, device=resolve_device(config.device))
    levels = to_levels((*config.levels, *config.fallback))
    return open_locator(locator_choice(config, images=Path()), levels=levels, log=log)

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctbone.errors import LevelUncertain, UnreadableFile
from ctbone.kernels import KernelKind, kernel_kind
from ctbone.records import Acquisition, PixelEncoding, SliceRecord
from ctbone.screening import outcomes, screen_study
from ctbone.screening.acquisition import acquisition_of, acquisition_unchosen

from .fakes import series, study

ENCODING = PixelEncoding(
    "1.2",
    16,
    16,
    is_signed=True,
    samples_per_pixel=1,
    photometric="MONOCHROME2",
    rescale_slope=1.0,
    rescale_intercept=0.0,
    rescale_type="HU",
    padding=None,
    is_lossy=False,
)


def slices(thickness, step=2.5):
    return tuple(
        SliceRecord(
            number=i,
            path=Path("x"),
            frame=0,
            sop_instance_uid=f"1.{i}",
            position_mm=(0.0, 0.0, step * i),
            orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
            spacing_mm=(0.7, 0.7),
            rows=512,
            columns=512,
            slice_thickness_mm=value,
            acquisition=1,
            instance_number=i,
            image_type=("ORIGINAL", "PRIMARY"),
            encoding=ENCODING,
            pixel_offset=0,
            pixel_length=1,
        )
        for i, value in enumerate(thickness)
    )


def test_what_the_header_says_is_kept():
    given = replace(series(), manufacturer="SIEMENS", slices=slices([1.25, 1.25, 5.0]))
    assert acquisition_of(given, study()) == Acquisition(
        manufacturer="SIEMENS", kvp=120.0, kernel="B30f", slice_thickness_mm=1.25, contrast=False
    )


def test_without_a_thickness_the_distance_between_slices_stands():
    assert (
        acquisition_of(replace(series(), slices=slices([None] * 4)), study()).slice_thickness_mm
        == 2.5
    )


def test_what_is_not_known_is_not_made_up():
    silent = replace(series(), kernel="", kvp=None, contrast=None)
    assert acquisition_of(silent, study()) == Acquisition()


@pytest.mark.parametrize(
    ("maker", "digest", "scanner"),
    [
        ("GE MEDICAL SYSTEMS", "3f2a9c", "ge-3f2a9c"),
        ("Jane^Doe, SIEMENS Healthineers", "3f2a9c", "siemens-3f2a9c"),
        ("Jane^Doe", "3f2a9c", "unknown-3f2a9c"),
        ("SIEMENS", "", ""),
    ],
)
def test_a_scanner_is_called_by_its_maker_and_a_digest(maker, digest, scanner):
    given = replace(series(), manufacturer=maker, scanner=digest)
    assert acquisition_of(given, study()).scanner == scanner


def made_by(scanner, modality="CT"):
    return replace(series(), manufacturer="SIEMENS", scanner=scanner, modality=modality)


@pytest.mark.parametrize(
    ("series", "scanner"),
    [
        ((made_by("3f2a9c"), made_by("3f2a9c"), made_by("", "SR")), "siemens-3f2a9c"),
        ((made_by("3f2a9c"), made_by("77b0aa")), ""),
        ((made_by("3f2a9c"), made_by("")), ""),
        ((made_by("3f2a9c", "SR"),), ""),
        ((), ""),
    ],
)
def test_a_study_without_a_chosen_series_has_the_scanner_that_all_of_its_ct_names(series, scanner):
    made = study(series=series, study_date=date(2024, 2, 29))
    assert acquisition_unchosen(made) == Acquisition(study_month="2024-02", scanner=scanner)


@pytest.mark.parametrize(
    ("made", "month"), [(date(2024, 2, 29), "2024-02"), (date(31, 1, 1), "0031-01"), (None, "")]
)
def test_of_the_date_the_month_is_kept(made, month):
    assert acquisition_of(series(), study(study_date=made)).study_month == month


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GE MEDICAL SYSTEMS", "GE MEDICAL SYSTEMS"),
        ("Siemens Healthineers, Jane^Doe", "Siemens Healthineers"),
        ("Jane Doe 1950", ""),
        ("=GE", "GE"),
    ],
)
def test_makers_keep_the_words_that_makers_are_called_by(text, kept):
    assert acquisition_of(replace(series(), manufacturer=text), study()).manufacturer == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Br38f\\3", "Br38f 3"),
        ("BONE+", "BONE+"),
        ("+FC08-H", "FC08"),
        ("B_SOFT_B", "B SOFT B"),
        ('=HYPERLINK("x")', ""),
        ("B30f Jane 01.02.52", "B30f"),
        ("\u00c4ga\u00df^Jane; Jane.1950", ""),
    ],
)
def test_kernels_keep_the_words_that_kernels_are_called_by(text, kept):
    assert acquisition_of(replace(series(), kernel=text), study()).kernel == kept


@pytest.mark.parametrize(
    ("kernel", "maker"),
    [("STANDARD", "GE"), ("FC08", "TOSHIBA"), ("YA", "Philips"), ("Br60f\\3", "SIEMENS")],
)
def test_what_is_kept_of_a_kernel_is_of_the_same_kind(kernel, maker):
    kept = acquisition_of(replace(series(), kernel=kernel, manufacturer=maker), study())
    assert kernel_kind(kept.kernel, kept.manufacturer) is kernel_kind(kernel, maker)
    assert kernel_kind(kernel, maker) is not KernelKind.UNKNOWN


@given(st.text())
def test_no_text_breaks_a_table_or_runs_on(text):
    kept = acquisition_of(replace(series(), kernel=text), study()).kernel
    assert len(kept) <= 32
    assert not set(kept) & set("\n\r\t,;\"'=@\\^")


def test_a_result_carries_it(make_pipeline):
    assert screen_study(study(), pipeline=make_pipeline()).acquisition.kernel == "B30f"


def failing(fault):
    def step(*_):
        raise fault

    return step


def test_a_rejection_after_the_choice_of_a_series_carries_it(make_pipeline):
    pipeline = make_pipeline(locate=failing(LevelUncertain("T12 or L1")))
    (outcome,) = outcomes([study()], pipeline=pipeline)
    assert outcome.acquisition.kernel == "B30f"


def test_a_rejection_without_a_series_has_none_and_none_of_the_study_before(make_pipeline):
    def select(given):
        if given.study_uid == "1.2":
            raise UnreadableFile("no series")
        return given.series[0]

    studies = [study("1.1"), study("1.2")]
    first, second = outcomes(studies, pipeline=make_pipeline(select=select))
    assert first.acquisition.kernel == "B30f"
    assert second.acquisition == Acquisition()


def test_a_rejection_without_a_series_knows_its_month(make_pipeline):
    pipeline = make_pipeline(select=failing(UnreadableFile("no series")))
    (outcome,) = outcomes([study(study_date=date(2024, 2, 29))], pipeline=pipeline)
    assert outcome.acquisition == Acquisition(study_month="2024-02")


def test_where_no_series_can_be_read_the_preferred_one_speaks(make_pipeline):
    both = study(series=(series("1.1"), replace(series("1.2"), kernel="B70s")))
    pipeline = make_pipeline(read=failing(UnreadableFile("cut short")))
    (outcome,) = outcomes([both], pipeline=pipeline)
    assert outcome.acquisition.kernel == "B30f"

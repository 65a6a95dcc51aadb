import math
from dataclasses import replace
from datetime import date

import pytest

from ctbone.errors import NoEligibleSeries, Reason
from ctbone.ingest import SeriesRule, index_export, review_series, select_series
from ctbone.records import NIFTI, FileFault, Flag, StudyRecord
from tests.ingest.conftest import ENCODING, series_record, slice_record

RULE = SeriesRule()
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def stack(count=100, *, step_mm=2.5, **values):
    return [
        slice_record(n, **{"position_mm": (-10.5, -20.25, step_mm * n), **values})
        for n in range(count)
    ]


def study(*series, faults=()):
    named = [
        replace(item, series_uid=f"1.2.{n}") if item.series_uid == "1.2.3.1.1" else item
        for n, item in enumerate(series)
    ]
    return StudyRecord("1.2", "p", date(2024, 2, 29), 60.0, "F", tuple(named), tuple(faults))


def chosen(*series, **options):
    return select_series(study(*series, **options), rule=RULE)


def refusal(*series, **options):
    with pytest.raises(NoEligibleSeries) as caught:
        chosen(*series, **options)
    return caught.value


def test_plain_series_is_chosen_without_flags():
    assert chosen(series_record(stack())).flags == ()


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        (series_record([]), Reason.NOT_AN_IMAGE),
        (series_record(stack(), modality="MR"), Reason.NOT_CT),
        (
            series_record(stack(), sop_class_uid="1.2.840.10008.5.1.4.1.1.7"),
            Reason.SECONDARY_CAPTURE,
        ),
        (
            series_record(stack(1, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))),
            Reason.LOCALIZER,
        ),
        (
            series_record(stack(image_type=("DERIVED", "SECONDARY", "AXIAL", "CT_SOM5 MIP"))),
            Reason.NOT_PRIMARY,
        ),
        (
            series_record(stack(encoding=replace(ENCODING, samples_per_pixel=3))),
            Reason.NOT_PRIMARY,
        ),
        (series_record(stack(), body_part="HEAD"), Reason.NOT_TORSO),
        (series_record(stack(), body_part="LEFT_KNEE"), Reason.NOT_TORSO),
        (
            series_record(stack(encoding=replace(ENCODING, is_lossy=True))),
            Reason.LOSSY_COMPRESSION,
        ),
        (
            series_record(stack(encoding=replace(ENCODING, rescale_slope=None))),
            Reason.MISSING_RESCALE,
        ),
        (
            series_record(
                stack(encoding=replace(ENCODING, transfer_syntax_uid=NIFTI, bits_allocated=8))
            ),
            Reason.NOT_HOUNSFIELD,
        ),
        (series_record(stack(5)), Reason.TOO_FEW_SLICES),
        (series_record(stack(20, step_mm=1.0)), Reason.TOO_FEW_SLICES),
        (series_record(stack(step_mm=7.0)), Reason.SLICES_TOO_THICK),
        (series_record(stack(slice_thickness_mm=7.5)), Reason.SLICES_TOO_THICK),
        (series_record(stack()[:40] + stack()[43:]), Reason.MISSING_SLICES),
        (
            series_record(stack(4, position_mm=(0.0, 0.0, 61.5))),
            Reason.DUPLICATE_POSITIONS,
        ),
        (series_record(stack(position_mm=None)), Reason.IRREGULAR_GEOMETRY),
    ],
)
def test_reason_for_each_series_that_is_not_fit(series, reason):
    assert refusal(series).reason is reason
    (verdict,) = review_series(study(series), rule=RULE)
    assert verdict.reason is reason
    assert verdict.detail
    assert not verdict.is_eligible


def test_uneven_spacing_is_irregular():
    heights = [2.5 * n + (0.9 if n % 3 == 1 else 0.0) for n in range(30)]
    slices = [slice_record(n, position_mm=(0.0, 0.0, h)) for n, h in enumerate(heights)]
    assert refusal(series_record(slices)).reason is Reason.IRREGULAR_GEOMETRY


def tilted(degrees, count=60):
    angle = math.radians(degrees)
    orientation = (1.0, 0.0, 0.0, 0.0, math.cos(angle), -math.sin(angle))
    return series_record(stack(count, orientation=orientation))


def test_tilt_is_accepted_up_to_the_limit_of_gantries():
    assert len(chosen(tilted(16.5)).slices) == 60
    assert refusal(tilted(34.0)).reason is Reason.IRREGULAR_GEOMETRY


def test_geometry_outweighs_the_number_of_slices_and_the_detail_names_both():
    fault = refusal(tilted(14.0, count=4))
    assert fault.reason is Reason.IRREGULAR_GEOMETRY
    assert "tilt of 14.0 degrees" in str(fault)
    assert "4 of at least 10 slices" in str(fault)
    gap = stack(5)
    del gap[2]
    assert refusal(series_record(gap)).reason is Reason.MISSING_SLICES


@pytest.mark.parametrize("part", ["", "CHEST", "HEAD_CHEST_ABDOMEN", "LSPINE", "X"])
def test_unknown_and_mixed_body_parts_pass(part):
    assert chosen(series_record(stack(), body_part=part))


def test_regular_volume_marked_derived_is_read_with_a_flag():
    marked = series_record(stack(image_type=("DERIVED", "SECONDARY", "AXIAL")))
    assert chosen(marked).flags == (Flag.MARKED_DERIVED,)
    assert chosen(marked, series_record(stack(50))).slices[0].image_type[0] == "DERIVED"
    assert Flag.MARKED_DERIVED not in chosen(marked, series_record(stack())).flags


@pytest.mark.parametrize("orientation", [SAGITTAL, CORONAL])
def test_study_without_an_axial_volume_is_read_from_another_plane(orientation):
    slices = []
    axis = 0 if orientation == SAGITTAL else 1
    for n in range(30):
        position = [0.0, 0.0, 0.0]
        position[axis] = 3.0 * n
        slices.append(slice_record(n, orientation=orientation, position_mm=tuple(position)))
    other = series_record(slices, series_uid="1.9")
    assert chosen(other).flags == (Flag.NOT_AXIAL,)
    assert chosen(other, series_record(stack(12, step_mm=5.0))).series_uid != "1.9"


def test_oblique_slices_are_not_read():
    half = math.sqrt(0.5)
    orientation = (1.0, 0.0, 0.0, 0.0, half, half)
    slices = [
        slice_record(
            n, orientation=orientation, position_mm=(0.0, -2.0 * n * half, 2.0 * n * half)
        )
        for n in range(30)
    ]
    assert refusal(series_record(slices)).reason is Reason.NOT_ORTHOGONAL


PREFERENCES = [
    ({}, {"kernel": "BONE", "manufacturer": "GE"}, "a softer kernel"),
    ({}, {"kernel": "strange"}, "a softer kernel"),
    ({}, {"contrast": True}, "without contrast agent"),
    ({}, {"contrast": None}, "without contrast agent"),
    ({"contrast": True}, {"kernel": "Bl64", "contrast": False}, "a softer kernel"),
    ({}, {"slices": stack(50, step_mm=5.0)}, "of the preferred thickness"),
    ({"contrast": True}, {"slices": stack(40)}, "long enough for the lumbar levels"),
    ({}, {"slices": stack(90)}, "longer"),
]


@pytest.mark.parametrize(("better", "worse", "why"), PREFERENCES)
@pytest.mark.parametrize("is_first", [True, False])
def test_order_of_preference(better, worse, why, is_first):
    better = series_record(**{"slices": stack(), **better}, series_uid="1.8")
    worse = series_record(**{"slices": stack(), **worse}, series_uid="1.7")
    both = study(better, worse) if is_first else study(worse, better)
    assert select_series(both, rule=RULE).series_uid == "1.8"
    verdicts = {v.series_uid: v for v in review_series(both, rule=RULE)}
    assert verdicts["1.8"].is_chosen
    assert verdicts["1.8"].reason is None
    assert verdicts["1.7"].reason is Reason.NOT_PREFERRED
    assert verdicts["1.7"].is_eligible
    assert why in verdicts["1.7"].detail


def test_flags_name_what_a_reader_has_to_know():
    series = series_record(
        stack(60, step_mm=5.0), kernel="", kvp=None, contrast=None, flags=(Flag.UID_MISSING,)
    )
    assert chosen(series).flags == (
        Flag.UID_MISSING,
        Flag.CONTRAST_UNKNOWN,
        Flag.THICK_SLICES,
        Flag.KERNEL_UNKNOWN,
        Flag.KVP_UNKNOWN,
    )
    sharp = series_record(stack(), kernel="Bl64", kvp=80.0, contrast=True)
    assert chosen(sharp).flags == (Flag.CONTRAST_ENHANCED, Flag.BONE_KERNEL, Flag.KVP_NOT_120)


def test_flags_of_a_series_leave_the_faults_of_its_study_to_the_study():
    fault = FileFault(9, Reason.UNREADABLE_FILE, "torn")
    assert chosen(series_record(stack()), faults=[fault]).flags == ()


def test_stack_of_a_mixed_series_is_chosen_alone():
    scout = slice_record(500, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))
    found = chosen(series_record([*stack(), scout]))
    assert len(found.slices) == 100
    assert found.flags == (Flag.STACK_CHOSEN,)
    verdicts = review_series(study(series_record([*stack(), scout])), rule=RULE)
    assert [(v.stack, v.is_chosen, v.slices) for v in verdicts] == [(0, True, 100), (1, False, 1)]


def test_refusal_is_that_of_the_series_that_came_nearest_and_names_all():
    fault = refusal(
        series_record([], modality="SR"),
        series_record(stack(1, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))),
        series_record(stack(step_mm=7.0)),
    )
    assert fault.reason is Reason.SLICES_TOO_THICK
    assert all(f"1.2.{n}" in str(fault) for n in range(3))
    assert str(fault).startswith("1.2.2: slices of 7.00 mm, at most 5 mm allowed")


@pytest.mark.parametrize("other", [{"rows": 12, "pixel_length": 120}, {"spacing_mm": (1.8, 1.4)}])
def test_a_stray_slice_does_not_speak_for_its_series(other):
    slices = stack(40)
    slices[20] = replace(slices[20], **other)
    fault = refusal(series_record(slices))
    assert fault.reason is Reason.MISSING_SLICES
    assert str(fault).startswith("1.2.0 stack 0: 1 missing")
    assert "stack 1: 1 of at least 10 slices" in str(fault)


def test_message_of_a_refusal_has_an_end():
    fault = refusal(*[series_record(stack(2)) for _ in range(60)])
    assert str(fault).endswith("and 10 more")


def test_study_of_unreadable_files_says_so():
    faults = [FileFault(n, Reason.UNREADABLE_FILE, "torn") for n in range(12)]
    found = refusal(faults=faults)
    assert found.reason is Reason.UNREADABLE_FILE
    assert str(found).startswith("unreadable files 0, 1, 2")
    assert "and 2 more" in str(found)
    localizer = series_record(stack(1, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER")))
    assert refusal(localizer, faults=faults).reason is Reason.UNREADABLE_FILE
    assert refusal().reason is Reason.NO_ELIGIBLE_SERIES


def test_rule_is_what_decides():
    thick = series_record(stack(step_mm=7.0))
    rule = SeriesRule(maximum_thickness_mm=8.0)
    assert select_series(study(thick), rule=rule).slices
    with pytest.raises(ValueError, match="minimum_slices"):
        SeriesRule(minimum_slices=1)


@pytest.mark.parametrize("thickness", [(3.0, 1.0), (-1.0, 3.0), (math.nan, 3.0)])
def test_rule_refuses_a_preferred_thickness_that_is_no_range(thickness):
    with pytest.raises(ValueError, match="preferred_thickness_mm must run from"):
        SeriesRule(preferred_thickness_mm=thickness)


@pytest.mark.parametrize(
    "name", ["minimum_extent_mm", "maximum_tilt_degrees", "maximum_thickness_mm"]
)
def test_rule_refuses_negative_limits(name):
    with pytest.raises(ValueError, match=name):
        SeriesRule(**{name: -1.0})


def test_rule_refuses_a_tilt_that_is_not_corrected():
    with pytest.raises(ValueError, match="at most 30, beyond which no tilt is corrected, got 31"):
        SeriesRule(maximum_tilt_degrees=31.0)


EXPECTED = {
    "CRLM-CT-1004": None,
    "totalseg_example/example_ct.nii.gz": None,
    "tptbox_sample_ct/sub-ct_label-22_ct.nii.gz": None,
    "totalseg_dicom_j2k": None,
    "d2n_gantrytilting": Reason.IRREGULAR_GEOMETRY,
    "d2n_sliceincrement_001": Reason.MISSING_SLICES,
    "d2n_notavolume_001": Reason.DUPLICATE_POSITIONS,
    "dcm_qa_ct_philips_tilt": Reason.NOT_TORSO,
    "negative_STS_001_thigh": Reason.NOT_TORSO,
    "dcmqi_ct-3slice": Reason.TOO_FEW_SLICES,
    "dcmqi_24x38x3_enhanced_pair": Reason.TOO_FEW_SLICES,
    "transfer_syntaxes": Reason.TOO_FEW_SLICES,
}


def test_real_studies_get_the_verdict_that_a_radiographer_would_give(shared_data, key):
    root = shared_data / "ct"
    found = {}
    for item in index_export(root, key=key):
        path = next(s.path for series in item.series for s in series.slices)
        relative = path.relative_to(root)
        whole = relative.name.endswith(".gz")
        name = str(relative) if whole else relative.parts[0]
        try:
            select_series(item, rule=RULE)
            found[name] = None
        except NoEligibleSeries as fault:
            found[name] = fault.reason
    assert found | EXPECTED == found
    others = {reason for name, reason in found.items() if name not in EXPECTED}
    assert others == {Reason.NOT_HOUNSFIELD}  # the label maps


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"rescale_type": "Z_EFF"}, Reason.NOT_HOUNSFIELD),
        ({"rescale_type": "EDW"}, Reason.NOT_HOUNSFIELD),
        ({"rescale_slope": -1.0}, Reason.NOT_HOUNSFIELD),
        ({"rescale_slope": None}, Reason.MISSING_RESCALE),
        ({"bits_stored": 12, "is_low_aligned": False}, Reason.UNSUPPORTED_ENCODING),
        ({"bits_allocated": 32, "bits_stored": 32}, Reason.UNSUPPORTED_ENCODING),
        ({"bits_stored": 0}, Reason.UNSUPPORTED_ENCODING),
        ({"transfer_syntax_uid": "1.2.840.10008.1.2.4.201"}, Reason.UNSUPPORTED_ENCODING),
        ({"photometric": "MONOCHROME1"}, Reason.NOT_PRIMARY),
    ],
)
def test_what_headers_rule_out_leaves_the_study_to_its_next_series(values, reason):
    encoding = replace(ENCODING, **values)
    fine = series_record(stack(90))
    bad = series_record(stack(100)[:-1] + stack(100, encoding=encoding)[-1:])
    assert len(chosen(bad, fine).slices) == 90
    verdicts = review_series(study(bad, fine), rule=RULE)
    assert [v.reason for v in verdicts] == [reason, None]
    assert refusal(bad).reason is reason


def test_a_slice_larger_than_any_ct_or_shorter_than_it_says_is_told_by_headers():
    assert refusal(series_record(stack(rows=0))).reason is Reason.UNSUPPORTED_ENCODING
    short = stack(pixel_length=58)
    assert refusal(series_record(short)).reason is Reason.UNREADABLE_FILE


def test_one_picture_among_the_slices_makes_the_stack_one():
    slices = stack(40)
    slices[7] = replace(slices[7], image_type=("DERIVED", "SECONDARY", "MIP"))
    assert refusal(series_record(slices)).reason is Reason.NOT_PRIMARY


def test_the_kernel_of_most_slices_counts_and_a_mixture_is_said():
    slices = [replace(item, kernel="B70f", kvp=80.0) for item in stack(60)]
    slices[0] = replace(slices[0], kernel="B30f", kvp=120.0)
    series = chosen(series_record(slices, kernel="B30f", kvp=120.0))
    assert (series.kernel, series.kvp) == ("B70f", 80.0)
    assert series.flags == (Flag.BONE_KERNEL, Flag.MIXED_ACQUISITION, Flag.KVP_NOT_120)
    pure = series_record([replace(item, kernel="B70f", kvp=80.0) for item in stack(60)])
    assert Flag.MIXED_ACQUISITION not in chosen(pure).flags


def test_each_stack_is_preferred_by_its_own_kernel():
    slices = [
        replace(item, kernel=("B70f", "B30f")[n % 2])
        for n, item in enumerate(stack(120, step_mm=1.25))
    ]
    series = chosen(series_record(slices, kernel="B70f"))
    assert series.kernel == "B30f"
    assert {item.kernel for item in series.slices} == {"B30f"}
    assert series.flags == (Flag.STACK_CHOSEN,)

import pytest

from ctbone.kernels import KernelKind, kernel_kind

SOFT, SHARP, UNKNOWN = KernelKind.SOFT, KernelKind.SHARP, KernelKind.UNKNOWN


@pytest.mark.parametrize(
    ("kernel", "manufacturer", "kind"),
    [
        ("B30f", "SIEMENS", SOFT),
        ("Br38f\\3", "SIEMENS", SOFT),
        ("Bf37", "Siemens Healthineers", SOFT),
        ("I31f", "SIEMENS", SOFT),
        ("Qr40", "SIEMENS", SOFT),
        ("B45f", "SIEMENS", SOFT),
        ("B46f", "SIEMENS", SHARP),
        ("Bl64d", "SIEMENS", SHARP),
        ("B70s", "SIEMENS", SHARP),
        ("STANDARD", "GE MEDICAL SYSTEMS", SOFT),
        ("SOFT", "GE MEDICAL SYSTEMS", SOFT),
        ("LUNG", "GE MEDICAL SYSTEMS", SHARP),
        ("BONE PLUS", "GE MEDICAL SYSTEMS", SHARP),
        ("BONEPLUS", "GE MEDICAL SYSTEMS", SHARP),
        ("B", "Philips", SOFT),
        ("UB", "Philips", SOFT),
        ("YA", "Philips", SHARP),
        ("D", "Philips", SHARP),
        ("B", "another", UNKNOWN),
        ("FC08", "TOSHIBA", SOFT),
        ("FC13-H", "CANON", SOFT),
        ("FC30", "TOSHIBA", SHARP),
        ("FC51", "CANON", SHARP),
        ("FC81", "CANON", SHARP),
        ("", "SIEMENS", UNKNOWN),
        ("mystery", "", UNKNOWN),
    ],
)
def test_kind_of_each_vendors_kernels(kernel, manufacturer, kind):
    assert kernel_kind(kernel, manufacturer) is kind

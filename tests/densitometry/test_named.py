"""Tables of every kind are found by name and by path, and read alike."""

from pathlib import Path

import pytest

from ctbone.densitometry import (
    Calibrator,
    Correction,
    InternalReference,
    ReferencePopulation,
    load_named,
    named_path,
)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Calibrator, "hydroxyapatite"),
        (Correction, "pompe2015_aapm2026"),
        (InternalReference, "soft_tissue"),
        (ReferencePopulation, "jang2019_l1_hu"),
    ],
)
def test_each_kind_ships_in_a_folder_of_its_own(tmp_path, kind, name):
    found = load_named(Path(name), kind)
    assert (type(found), found.name) == (kind, name)
    copy = tmp_path / "own.yaml"
    copy.write_bytes(named_path(Path(name), kind).read_bytes())
    assert load_named(copy, kind) == found
    assert named_path(Path("own.yaml"), kind) == Path("own.yaml")
    with pytest.raises(ValueError, match=f"nobody.yaml' ships; .*{name}"):
        named_path(Path("nobody"), kind)

"""What masks hold and mean decides a result, and so goes into the record of a run."""

import json

import pytest

from ctbone.screening.locating import listed_masks, masks_digest


def write_masks(folder, level="L1"):
    (folder / "m.nii").write_bytes(b"a label map")
    (folder / "dataset.json").write_text(json.dumps({"labels": {level: 1}}))
    (folder / "masks.csv").write_text(
        "series_uid,mask,numbering,labels\n1.2,m.nii,nnunet,dataset.json\n"
    )
    return folder / "masks.csv"


def digest(masks):
    return masks_digest(listed_masks(masks, images=masks.parent).values())


@pytest.mark.parametrize("change", ["dataset.json", "m.nii"])
def test_what_masks_hold_and_mean_decides_a_result(tmp_path, change):
    masks = write_masks(tmp_path)
    before = digest(masks)
    assert before == digest(masks)
    content = (tmp_path / change).read_bytes()
    (tmp_path / change).write_bytes(content.replace(b"L1", b"L2").replace(b"map", b"mop"))
    assert digest(masks) != before

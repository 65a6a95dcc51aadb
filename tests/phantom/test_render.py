import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import PatientConfig, ScanConfig, render, sample_patient
from ctbone.phantom.anatomy.disease import DiseaseConfig
from ctbone.phantom.anatomy.outline import heights
from ctbone.phantom.render import paint, reconstruct
from ctbone.phantom.tissue import bone_mg_cm3
from ctbone.volume import Grid, to_indices, to_patient

from .conftest import HEALTHY, QUIET, upright_grid


def _at(volume, position_mm):
    i, j, k = np.rint(to_indices(volume.affine, np.asarray(position_mm, float)[None])[0]).astype(
        int
    )
    return float(volume.hu[i, j, k])


def test_centres_of_the_labels_are_the_truth(rendering):
    """Within a voxel: end plates are sunk and the back is flat, so not to the millimetre."""
    for truth in rendering.vertebrae:
        found = np.argwhere(rendering.bodies == int(truth.level))
        if not truth.is_whole:
            continue
        centre = to_patient(rendering.volume.affine, found.mean(0)[None])[0]
        assert np.linalg.norm(centre - truth.centroid_mm) < 2.5, truth.level


def test_bodies_have_the_volume_of_bodies(patient):
    """An L1 body is 25 to 50 cm3 in adults; the label and the cylinder it came from agree."""
    body = next(v for v in patient.column.vertebrae if v.level is L.L1)
    grid = upright_grid((60, 60, 50), (1.0, 1.1, 0.9), tuple(body.centre_mm))
    labels = render(patient, grid=grid, scan=QUIET, seed=0).bodies
    volume = (labels == int(L.L1)).sum() * 0.99
    cylinder = 0.25 * np.pi * body.width_mm * body.depth_mm * body.height_mm
    assert 0.75 < volume / cylinder < 1.05
    assert 20e3 < volume < 55e3


def test_levels_descend_and_belong_to_the_spine(rendering):
    heights = [truth.centroid_mm[2] for truth in rendering.vertebrae]
    assert heights == sorted(heights, reverse=True)
    inside = rendering.bodies > 0
    assert np.array_equal(rendering.bodies[inside], rendering.spine[inside])
    behind = (rendering.spine == int(L.L2)) & ~inside
    centre = to_patient(rendering.volume.affine, np.argwhere(behind).mean(0)[None])[0]
    truth = next(t for t in rendering.vertebrae if t.level is L.L2)
    assert centre[1] > truth.centroid_mm[1] + 15.0
    assert set(np.unique(rendering.ribs)) <= {0, *range(8, 20), 28}


def test_axes_are_left_posterior_superior(rendering):
    for truth in rendering.vertebrae:
        assert np.linalg.det(truth.axes) == pytest.approx(1.0)
        assert truth.axes[0, 0] > 0.9
        assert truth.axes[1, 1] > 0.6
        assert truth.axes[2, 2] > 0.6


def test_the_liver_is_on_the_right_and_the_spine_is_behind():
    """In LPS the right is negative x and the back positive y."""
    on_right = 0
    for seed in range(12):
        patient = sample_patient(PatientConfig(), seed=seed)
        liver = _liver(patient)
        on_right += liver.centre_mm[0] < -30.0
        spleen = next(o for o in patient.viscera.organs if o.tissue == "spleen")
        assert spleen.centre_mm[0] > 30.0
        assert patient.table.top_mm > 30.0
    assert on_right == 12


def _liver(patient):
    """Return the larger lobe."""
    lobes = (o for o in patient.viscera.organs if o.tissue == "liver")
    return max(lobes, key=lambda lobe: np.prod(lobe.semi_axes_mm))


def test_handedness_survives_a_flipped_and_transposed_grid(patient, rendering):
    """The same positions have the same values, whichever way the axes run."""
    grid = rendering.volume.grid
    order = [2, 0, 1]
    affine = grid.affine[:, [*order, 3]].copy()
    shape = tuple(grid.shape[axis] for axis in order)
    affine[:, 3] += affine[:, 1] * (shape[1] - 1)
    affine[:, 1] *= -1.0
    # At this spacing the kernel, which works in the slices, leaves voxels as they are.
    scan = replace(QUIET, kernel="standard")
    turned = render(patient, grid=Grid(shape, affine), scan=scan, seed=0)
    plain = render(patient, grid=grid, scan=scan, seed=0)
    expected = np.flip(plain.volume.hu.transpose(order), 1)
    assert np.abs(turned.volume.hu - expected).max() < 0.5
    assert np.array_equal(turned.bodies, np.flip(plain.bodies.transpose(order), 1))


def test_an_oblique_grid_sees_the_same_patient(patient):
    """Sampled through a tilted grid, the middle of L2 is the middle of L2."""
    truth = next(v for v in patient.column.vertebrae if v.level is L.L2)
    angle = np.deg2rad(17.0)
    turn = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([1.5, 1.4, 2.1])
    affine[:3, 3] = truth.centre_mm - affine[:3, :3] @ np.array([24.5, 24.5, 19.5])
    found = render(patient, grid=Grid((50, 50, 40), affine), scan=QUIET, seed=0)
    labels = np.argwhere(found.bodies == int(L.L2))
    centre = to_patient(affine, labels.mean(0)[None])[0]
    assert np.linalg.norm(centre - truth.centre_mm) < 2.0
    inside = _interior(found.bodies == int(L.L2), (1.5, 1.4, 2.1))
    assert bone_mg_cm3(float(found.volume.hu[inside].mean()), kvp=120) == pytest.approx(
        truth.bmd_mg_cm3, abs=2.5
    )


@pytest.mark.parametrize("kvp", [80, 100, 120, 140])
@pytest.mark.parametrize("phase", ["none", "portal"])
def test_density_is_recovered_from_the_interior(patient, kvp, phase):
    """Within 1 mg/cm3 over the body less 4 mm on a quiet scan."""
    scan = replace(QUIET, kvp=kvp, phase=phase)
    for level in (L.L1, L.L2):
        body = next(v for v in patient.column.vertebrae if v.level is level)
        grid = upright_grid((60, 60, 50), (1.0, 1.0, 1.0), tuple(body.centre_mm))
        found = render(patient, grid=grid, scan=scan, seed=0)
        inside = _interior(found.bodies == int(level))
        hu = float(found.volume.hu[inside].mean())
        assert bone_mg_cm3(hu, kvp=kvp, phase=phase) == pytest.approx(body.bmd_mg_cm3, abs=1.0)


def _interior(mask, spacing_mm=(1.0, 1.0, 1.0)):
    """Return what lies more than 4 mm from every voxel outside."""
    from scipy.ndimage import distance_transform_edt

    return distance_transform_edt(mask, sampling=spacing_mm) > 4.0


def test_density_is_recovered_in_ten_patients():
    errors = []
    for seed in range(10):
        patient = sample_patient(HEALTHY, seed=seed)
        body = next(v for v in patient.column.vertebrae if v.level is (L.L1, L.L2)[seed % 2])
        grid = upright_grid((58, 56, 48), (1.0, 1.0, 1.0), tuple(body.centre_mm))
        found = render(patient, grid=grid, scan=QUIET, seed=0)
        hu = float(found.volume.hu[_interior(found.bodies == int(body.level))].mean())
        errors.append(bone_mg_cm3(hu, kvp=120) - body.bmd_mg_cm3)
    assert np.abs(errors).max() < 1.0
    assert abs(np.mean(errors)) < 0.5


def test_soft_tissue_and_air_are_where_they_belong(patient, rendering):
    volume = rendering.volume
    assert volume.hu.min() >= -1001.0
    assert volume.hu[0, 0].mean() == pytest.approx(-1000.0)
    liver = _liver(patient)
    assert 20.0 < _at(volume, liver.centre_mm - np.array([20.0, 0.0, 0.0])) < 90.0
    lung = (volume.hu > -950) & (volume.hu < -750)
    assert to_patient(volume.affine, np.argwhere(lung).mean(0)[None])[0][2] > 40.0


def test_coarse_voxels_average_what_fine_ones_hold(patient):
    """Shells thinner than a voxel keep their volume: means over a body agree to a few HU."""
    body = next(v for v in patient.column.vertebrae if v.level is L.L1)
    quiet = replace(QUIET, table=False, kernel="sharp")
    coarse = render(
        patient,
        grid=upright_grid((20, 20, 20), (4.0,) * 3, tuple(body.centre_mm)),
        scan=quiet,
        seed=0,
    )
    fine = render(
        patient,
        grid=upright_grid((80, 80, 80), (1.0,) * 3, tuple(body.centre_mm)),
        scan=quiet,
        seed=0,
    )
    blocks = fine.volume.hu.reshape(20, 4, 20, 4, 20, 4).mean((1, 3, 5))
    middle = (slice(4, 16),) * 3
    assert abs(coarse.volume.hu[middle].mean() - blocks[middle].mean()) < 12.0
    assert np.corrcoef(coarse.volume.hu[middle].ravel(), blocks[middle].ravel())[0, 1] > 0.96


def test_thick_slices_blur_end_plates(patient):
    body = next(v for v in patient.column.vertebrae if v.level is L.L1)
    grid = upright_grid((40, 40, 60), (1.0, 1.0, 1.0), tuple(body.centre_mm))
    thin, thick = (
        render(patient, grid=grid, scan=replace(QUIET, slice_thickness_mm=t), seed=0).volume.hu[
            20, 20
        ]
        for t in (1.0, 5.0)
    )
    assert np.abs(np.diff(thick)).max() < 0.6 * np.abs(np.diff(thin)).max()


def test_the_same_seed_gives_the_same_scan_and_another_another(patient):
    grid = upright_grid((40, 40, 30), (4.0, 4.0, 4.0))
    first, second, third = (
        render(patient, grid=grid, scan=ScanConfig(), seed=s).volume.hu for s in (1, 1, 2)
    )
    assert first.dtype == np.int16
    assert np.array_equal(first, second)
    assert not np.array_equal(first, third)


def test_another_process_gives_the_same_bytes(capsys):
    """Nothing hangs on the hash seed, on what ran before or on how many threads there are."""
    code = (
        "import hashlib, numpy as np\n"
        "from ctbone.phantom import PatientConfig, ScanConfig, render, sample_patient\n"
        "from ctbone.volume import Grid\n"
        "grid = Grid((24, 20, 22), np.diag([9.0, 9.0, 9.0, 1.0]) - "
        "np.outer([1, 1, 1, 0], [0, 0, 0, 90.0]))\n"
        "found = render(sample_patient(PatientConfig(), seed=5), grid=grid, scan=ScanConfig(), "
        "seed=2)\n"
        "parts = (found.volume.hu, found.bodies, found.spine, found.ribs, found.discs)\n"
        "print(hashlib.sha256(b''.join(part.tobytes() for part in parts)).hexdigest())\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "2"},
    ).stdout
    exec(code, {})  # noqa: S102 - the words above
    assert capsys.readouterr().out == other
    assert len(other.strip()) == 64


def test_it_leaves_the_threads_of_torch_alone(patient):
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        render(patient, grid=upright_grid((8, 8, 8), (9.0, 9.0, 9.0)), scan=QUIET, seed=1)
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


def test_what_is_outside_the_circle_is_padding(patient):
    scan = ScanConfig(field_diameter_mm=200.0)
    hu = render(
        patient, grid=upright_grid((50, 50, 8), (5.0, 5.0, 5.0)), scan=scan, seed=0
    ).volume.hu
    assert np.all(hu[0] == -1024)
    assert np.all(hu[25, 25] > -1000)


def test_a_vertebra_at_the_edge_is_not_whole(patient):
    body = next(v for v in patient.column.vertebrae if v.level is L.L3)
    grid = upright_grid(
        (50, 50, 20), (3.0, 3.0, 3.0), tuple(body.centre_mm + np.array([0.0, 0.0, 29.0]))
    )
    found = {t.level: t.is_whole for t in render(patient, grid=grid, scan=QUIET, seed=0).vertebrae}
    assert found[L.L3] is False
    assert found[L.L2] is True


def test_discs_are_darker_than_most_bodies_and_brighter_than_some():
    """Both signs occur, as on real CT: neither may be learnt as what tells a disc."""
    steps, bones = [], []
    for seed in range(14):
        patient = sample_patient(PatientConfig(), seed=seed)
        pair = {v.level: v for v in patient.column.vertebrae if v.level in (L.L2, L.L3)}
        disc = next(d for d in patient.column.discs if _between(d, pair[L.L2], pair[L.L3]))
        grid = upright_grid((5, 5, 24), (4.0, 4.0, 4.0), tuple(disc.centre_mm))
        volume = render(patient, grid=grid, scan=QUIET, seed=0).volume
        if not disc.gas:
            steps.append(_at(volume, disc.centre_mm) - _at(volume, pair[L.L2].centre_mm))
            bones.append(pair[L.L2].bmd_mg_cm3)
    assert min(steps) < -40.0
    assert max(steps) > 10.0
    assert np.corrcoef(steps, bones)[0, 1] < -0.6


def _between(disc, upper, lower):
    return lower.centre_mm[2] < disc.centre_mm[2] < upper.centre_mm[2]


def _acquired(patient, scan=QUIET, spacing=(1.6, 1.6, 1.0)):
    body = next(v for v in patient.column.vertebrae if v.level is L.L2)
    return paint(
        patient, grid=upright_grid((70, 60, 64), spacing, tuple(body.centre_mm)), scan=scan
    )


def test_a_series_of_thin_slices_is_a_rendering(patient):
    scene = _acquired(patient)
    found = reconstruct(scene, scan=ScanConfig(), seed=4)
    whole = render(patient, grid=scene.grid, scan=ScanConfig(), seed=4)
    assert np.array_equal(found.volume.hu, whole.volume.hu)
    assert np.array_equal(found.bodies, whole.bodies)


def test_one_acquisition_gives_series_of_different_slices(patient):
    """Thick slices lie where the thin ones do, with their labels and their truth."""
    scene = _acquired(patient)
    before = scene.hu.clone()
    thick = replace(QUIET, slice_thickness_mm=5.0, slice_increment_mm=5.0)
    thin, wide = (reconstruct(scene, scan=scan, seed=0) for scan in (QUIET, thick))
    assert torch.equal(scene.hu, before)
    assert wide.volume.spacing_mm == pytest.approx((1.6, 1.6, 5.0))
    assert wide.volume.hu.shape[2] == 12
    truth = next(t for t in wide.vertebrae if t.level is L.L2)
    assert truth.centroid_mm == pytest.approx(
        next(t for t in thin.vertebrae if t.level is L.L2).centroid_mm
    )
    middle = to_patient(wide.volume.affine, np.argwhere(wide.bodies == int(L.L2)).mean(0)[None])[0]
    assert np.linalg.norm(middle - truth.centroid_mm) < 3.0
    block = thin.volume.hu[:, :, 2:62].reshape(70, 60, 12, 5).mean(3)
    assert np.abs(block - wide.volume.hu).mean() < 12.0
    assert np.corrcoef(block.ravel(), wide.volume.hu.ravel())[0, 1] > 0.98


def test_kernels_of_one_acquisition_differ_in_noise_and_agree_in_density(patient):
    scene = _acquired(patient)
    scan = ScanConfig(tube_charge_mas=150.0)
    soft, sharp = (
        reconstruct(scene, scan=replace(scan, kernel=k), seed=0) for k in ("standard", "sharp")
    )
    inside = _interior(soft.bodies == int(L.L2), (1.6, 1.6, 1.0))
    means = [float(s.volume.hu[inside].mean()) for s in (soft, sharp)]
    spreads = [float(s.volume.hu[inside].std()) for s in (soft, sharp)]
    assert means[0] == pytest.approx(means[1], abs=3.0)
    assert spreads[1] > 1.5 * spreads[0]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_an_accelerator_makes_the_same_scan(patient):
    """Quiet, to rounding; noise is drawn where it is used, so it differs and is as strong."""
    grid = upright_grid((64, 60, 40), (4.0, 4.0, 5.0))
    scan = replace(QUIET, beam_hardening=1.0, breathing_mm=5.0, slice_thickness_mm=8.0)
    cpu, gpu = (render(patient, grid=grid, scan=scan, seed=0, device=d) for d in ("cpu", "cuda"))
    assert np.abs(cpu.volume.hu - gpu.volume.hu).max() < 1.0
    loud = replace(scan, noise_hu=20.0)
    noise = [
        render(patient, grid=grid, scan=loud, seed=0, device=d).volume.hu - quiet.volume.hu
        for d, quiet in (("cpu", cpu), ("cuda", gpu))
    ]
    assert noise[0].std() == pytest.approx(noise[1].std(), rel=0.05)


def test_end_plates_stand_a_little_above_their_body_at_four_millimetres():
    """By 10 to 60 HU in most patients, as on real CT: a bright line would be an easy crutch."""
    rises = []
    for seed in range(14):
        patient = sample_patient(HEALTHY, seed=seed)
        body = next(v for v in patient.column.vertebrae if v.level is L.L2)
        grid = upright_grid((24, 24, 24), (4.0, 4.0, 4.0), tuple(body.centre_mm))
        found = render(patient, grid=grid, scan=QUIET, seed=0)
        middle = np.median(found.volume.hu[found.bodies == int(L.L2)])
        for way in (-1.0, 1.0):
            plate = body.centre_mm + way * (0.5 * body.height_mm - 1.5) * body.frame[:, 2]
            near = [
                _at(found.volume, plate + body.frame @ np.array([x, y, 0.0]))
                for x in (-8.0, 0.0, 8.0)
                for y in (-6.0, 0.0, 6.0)
            ]
            rises.append(np.mean(near) - middle)
    assert 10.0 < np.median(rises) < 60.0
    assert np.percentile(rises, 90) < 100.0


def test_the_truth_names_heights_and_findings_of_every_vertebra():
    patient = sample_patient(
        replace(HEALTHY, disease=DiseaseConfig(fractures=(1.0, 1.0)), age_range_years=(70, 80)),
        seed=1,
    )
    grid = upright_grid((60, 60, 100), (3.0, 3.0, 5.0))
    found = render(patient, grid=grid, scan=QUIET, seed=0)
    bodies = {v.level: v for v in patient.column.vertebrae}
    for truth in found.vertebrae:
        assert truth.heights_mm == heights(bodies[truth.level])
        assert truth.findings == tuple(f for f in patient.findings if f.level is truth.level)
    assert any("fracture" in f.kind for truth in found.vertebrae for f in truth.findings)


def test_discs_are_labelled_with_the_vertebra_above_and_bodies_are_not_in_them(rendering):
    assert {int(t.level) for t in rendering.vertebrae[2:-2]} <= set(np.unique(rendering.discs))
    assert not np.any((rendering.discs > 0) & (rendering.bodies > 0))
    for level, below in ((L.L1, L.L2), (L.L3, L.L4)):
        height = {
            name: np.argwhere(labels == int(value)).mean(0)[2]
            for name, labels, value in (
                ("upper", rendering.bodies, level),
                ("disc", rendering.discs, level),
                ("lower", rendering.bodies, below),
            )
        }
        assert height["upper"] > height["disc"] > height["lower"]


def test_slabs_join_without_a_seam(patient, monkeypatch):
    """A scan painted in slabs is the scan painted at once."""
    grid = upright_grid((70, 60, 64), (4.0, 4.3, 4.7))
    whole = render(patient, grid=grid, scan=QUIET, seed=0)
    monkeypatch.setattr("ctbone.phantom.painting.raster._SLAB_VOXELS", 60_000)
    parts = render(patient, grid=grid, scan=QUIET, seed=0)
    assert np.abs(parts.volume.hu - whole.volume.hu).max() < 0.5
    for name in ("bodies", "spine", "ribs", "discs"):
        assert (getattr(parts, name) != getattr(whole, name)).mean() < 1e-5, name

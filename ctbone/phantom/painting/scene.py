"""A whole patient in voxels, before a scanner has seen it."""

from __future__ import annotations

from ctbone.phantom.anatomy.patient import Patient
from ctbone.phantom.painting.bodies import paint_body, paint_disc
from ctbone.phantom.painting.calibrator import lowered, paint_calibrator
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Raster
from ctbone.phantom.painting.solids import paint_blade, paint_ellipsoid, paint_tubes
from ctbone.phantom.painting.surroundings import paint_table
from ctbone.phantom.painting.trunk import paint_trunk
from ctbone.phantom.scanner.configuration import ScanConfig
from ctbone.phantom.tissue import Tissue


def paint_patient(raster: Raster, patient: Patient, scan: ScanConfig) -> None:
    """Paint from the soft to the hard, so that bone covers what it lies in."""
    palette = Palette(scan)
    raster.hu.fill_(palette.soft(Tissue.VISCERAL_FAT, patient.torso.fat_shift_hu))
    for organ in patient.viscera.organs:
        paint_ellipsoid(raster, organ, palette)
    paint_trunk(raster, patient.torso, palette)
    if scan.calibrator is not None:
        paint_calibrator(raster, patient.table, palette, scan.calibrator)
    if scan.table:
        below = patient.table if scan.calibrator is None else lowered(patient.table)
        paint_table(raster, below, palette)
    for organ in patient.viscera.heart:
        paint_ellipsoid(raster, organ, palette)
    for tube in patient.viscera.tubes:
        paint_tubes(raster, [tube], palette)
    _paint_bones(raster, patient, palette)
    _paint_spine(raster, patient, palette)


def _paint_bones(raster: Raster, patient: Patient, palette: Palette) -> None:
    """Paint pelvis, hips, sternum and shoulders."""
    for blade in patient.bones.blades:
        paint_blade(raster, blade, palette)
    for lump in (*patient.bones.sockets, *patient.bones.sacral_wings):
        paint_ellipsoid(raster, lump, palette)
    for tube in patient.bones.tubes:
        paint_tubes(raster, [tube], palette)


def _paint_spine(raster: Raster, patient: Patient, palette: Palette) -> None:
    """Paint arches and ribs before the bodies: nothing may reach into a body's interior."""
    column = patient.column
    paint_tubes(raster, patient.bones.ribs, palette, label="ribs")
    paint_tubes(raster, [tube for arch in column.arches for tube in arch], palette, label="spine")
    paint_tubes(raster, [column.canal], palette)
    for disc in column.discs:
        paint_disc(raster, disc, palette)
    for body in (*column.sacrum, *column.vertebrae):
        paint_body(raster, body, palette)

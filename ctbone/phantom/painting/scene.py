"""A whole patient in voxels, before a scanner has seen it."""

from __future__ import annotations

from ctbone.phantom.anatomy.patient import Patient
from ctbone.phantom.painting.bodies import paint_body, paint_disc, paint_puck
from ctbone.phantom.painting.calibrator import paint_calibrator
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Raster
from ctbone.phantom.painting.solids import paint_tubes
from ctbone.phantom.painting.surroundings import paint_attachments, paint_table
from ctbone.phantom.painting.trunk import paint_trunk
from ctbone.phantom.painting.viscera import (
    paint_arms,
    paint_flesh,
    paint_viscera,
)
from ctbone.phantom.rods import lowered
from ctbone.phantom.shapes import Puck
from ctbone.phantom.tissue import Tissue


def paint_patient(raster: Raster, patient: Patient, palette: Palette) -> None:
    """Paint from the soft to the hard, so that bone covers what it lies in."""
    scan = palette.scan
    raster.hu.fill_(palette.soft(Tissue.VISCERAL_FAT, patient.torso.fat_shift_hu))
    paint_viscera(raster, patient.viscera, palette)
    paint_trunk(raster, patient.torso, patient.viscera.lungs, palette)
    if scan.calibrator is not None:
        paint_calibrator(raster, patient.table, palette, scan.calibrator)
    if scan.table:
        below = patient.table if scan.calibrator is None else lowered(patient.table)
        paint_table(raster, below, palette)
    paint_flesh(raster, patient.viscera, palette)
    _paint_bones(raster, patient, palette)
    _paint_spine(raster, patient, palette)
    paint_attachments(raster, patient.attachments, palette)


def _paint_bones(raster: Raster, patient: Patient, palette: Palette) -> None:
    """Paint the bones beside the spine, of which the sacrum alone belongs to a vertebra."""
    paint_arms(raster, patient.bones.shoulders.flesh, palette)
    for group in patient.bones.unnamed:
        paint_tubes(raster, group, palette)
    paint_tubes(raster, patient.bones.sacrum.solids, palette, label="spine")


def _paint_spine(raster: Raster, patient: Patient, palette: Palette) -> None:
    """Paint arches and ribs before the bodies: nothing may reach into a body's interior."""
    column = patient.column
    paint_tubes(raster, patient.bones.cage.ribs, palette, label="ribs")
    arches = [shape for arch in column.arches for shape in arch.shapes]
    paint_tubes(raster, arches, palette, label="spine")
    paint_tubes(raster, [column.canal], palette)
    for disc in (*column.discs, *patient.bones.sacrum.seams):
        paint_disc(raster, disc, palette)
    for flow in column.ossifications:
        paint_tubes(raster, [flow], palette)
    for body in (*column.sacrum, *column.vertebrae):
        paint_body(raster, body, palette)
    for implant in column.implants:
        if isinstance(implant, Puck):
            paint_puck(raster, implant, palette)
        else:
            paint_tubes(raster, [implant], palette)

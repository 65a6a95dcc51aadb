"""The same patient at another time: a breath later, or a year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.patient import Patient
from ctbone.phantom.export.plan import StudyPlan
from ctbone.phantom.flesh import Organ
from ctbone.phantom.tissue import Tissue

#: How far an organ follows the diaphragm, relative; the liver's dome goes all the way, the
#: kidneys about half of it. Recalled from studies of breathing motion, not of one in particular.
_FOLLOWS = {Tissue.LIVER: 1.0, Tissue.SPLEEN: 0.9, Tissue.KIDNEY: 0.55}

#: The least that a loss leaves of a density, mg/cm3.
_LEAST_MG_CM3 = 5.0


def last_birthday(day: date, rng: Generator) -> date:
    """Draw the last birthday until a day, on no 29 February, which most years lack."""
    found = day - timedelta(days=int(rng.integers(0, 365)))
    return found.replace(day=28) if (found.month, found.day) == (2, 29) else found


def at_visit(patient: Patient, plan: StudyPlan) -> Patient:
    """Return a patient as old as at a study, with the bone that is left by then."""
    if plan.visit == 0:
        return patient
    vertebrae = tuple(
        replace(v, bmd_mg_cm3=round(max(v.bmd_mg_cm3 - plan.loss_mg_cm3, _LEAST_MG_CM3), 2))
        for v in patient.column.vertebrae
    )
    return replace(
        patient,
        age_years=patient.age_years + plan.birthdays,
        column=replace(patient.column, vertebrae=vertebrae),
    )


def breathed(patient: Patient, shift_mm: float) -> Patient:
    """Return a patient whose diaphragm stands higher by ``shift_mm``, and its organs with it."""
    if shift_mm == 0.0:
        return patient
    torso, viscera = patient.torso, patient.viscera
    right, left = torso.domes_mm
    return replace(
        patient,
        torso=replace(torso, domes_mm=(right + shift_mm, left + shift_mm)),
        viscera=replace(viscera, organs=tuple(_shifted(o, shift_mm) for o in viscera.organs)),
    )


def _shifted(organ: Organ, shift_mm: float) -> Organ:
    step = np.array([0.0, 0.0, _FOLLOWS.get(organ.tissue, 0.0) * shift_mm])
    cuts = tuple((normal, point + step) for normal, point in organ.cuts)
    return replace(organ, centre_mm=organ.centre_mm + step, cuts=cuts)

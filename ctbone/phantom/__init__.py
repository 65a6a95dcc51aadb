"""Simulated patients with known truth: bodies, scans of them, and PACS-like exports."""

from __future__ import annotations

from ctbone.phantom.anatomy import Patient, PatientConfig, sample_patient
from ctbone.phantom.render import Rendering, VertebraTruth, render
from ctbone.phantom.scanner import ScanConfig

__all__ = [
    "Patient",
    "PatientConfig",
    "Rendering",
    "ScanConfig",
    "VertebraTruth",
    "render",
    "sample_patient",
]

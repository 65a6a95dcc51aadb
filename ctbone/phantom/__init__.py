"""Simulated patients with known truth: bodies, scans of them, and PACS-like exports."""

from __future__ import annotations

from ctbone.phantom.anatomy import Patient, PatientConfig, sample_patient
from ctbone.phantom.configuration import SimulateConfig, SiteConfig
from ctbone.phantom.render import Rendering, VertebraTruth, render
from ctbone.phantom.scanner import ScanConfig
from ctbone.phantom.simulate import simulate

__all__ = [
    "Patient",
    "PatientConfig",
    "Rendering",
    "ScanConfig",
    "SimulateConfig",
    "SiteConfig",
    "VertebraTruth",
    "render",
    "sample_patient",
    "simulate",
]

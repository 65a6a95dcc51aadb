"""Simulated patients with known truth: bodies, scans of them, and PACS-like exports."""

from __future__ import annotations

from ctbone.phantom.anatomy.disease import DiseaseConfig
from ctbone.phantom.anatomy.patient import Patient, sample_patient
from ctbone.phantom.anatomy.person import PatientConfig
from ctbone.phantom.anatomy.variants import VariantConfig
from ctbone.phantom.export.configuration import SimulateConfig, SiteConfig
from ctbone.phantom.export.simulate import simulate
from ctbone.phantom.randomise import (
    Randomisation,
    RandomisationConfig,
    sample_randomisation,
)
from ctbone.phantom.render import Scene, paint, reconstruct, render
from ctbone.phantom.rendering import Rendering, VertebraTruth
from ctbone.phantom.scanner.configuration import ScanConfig

__all__ = [
    "DiseaseConfig",
    "Patient",
    "PatientConfig",
    "Randomisation",
    "RandomisationConfig",
    "Rendering",
    "ScanConfig",
    "Scene",
    "SimulateConfig",
    "SiteConfig",
    "VariantConfig",
    "VertebraTruth",
    "paint",
    "reconstruct",
    "render",
    "sample_patient",
    "sample_randomisation",
    "simulate",
]

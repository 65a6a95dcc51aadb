"""Heads: from a labelled cohort to a model folder."""

"""Drawing the bones beside the spine: rib cage, sacrum, pelvis with hips, shoulders."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.pelvis import Pelvis, draw_pelvis
from ctbone.phantom.anatomy.ribs import Cage, draw_cage
from ctbone.phantom.anatomy.sacrum import Sacrum, draw_sacrum
from ctbone.phantom.anatomy.shoulders import Shoulders, draw_shoulders
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.flesh import Torso
from ctbone.phantom.shapes import Sheet, Tube


@dataclass(frozen=True, slots=True, kw_only=True)
class Bones:
    """Bones beside the spine.

    Attributes:
        cage: Ribs, cartilages and sternum.
        sacrum: The sacrum without its bodies.
        pelvis: Hip bones and thigh bones.
        shoulders: Shoulder girdle and upper arms.
    """

    cage: Cage
    sacrum: Sacrum
    pelvis: Pelvis
    shoulders: Shoulders

    @property
    def unnamed(self) -> tuple[tuple[Tube | Sheet, ...], ...]:
        """Groups of one material that belong to no vertebra, in the order of painting.

        The ends of long bones come after their shafts, which they enter tapering: compact bone
        grows thicker away from the joint.
        """
        return (
            self.cage.cartilage,
            self.cage.sternum,
            self.shoulders.girdle,
            self.shoulders.shafts,
            self.shoulders.humeri,
            self.pelvis.hip_bones,
            self.pelvis.shafts,
            self.pelvis.heads,
            self.pelvis.stems,
            self.pelvis.balls,
            self.sacrum.coccyx,
        )


def draw_bones(column: Column, torso: Torso, *, build: Build, rng: Generator) -> Bones:
    """Draw the bones of one patient beside the spine."""
    cage = draw_cage(column, torso, build=build, rng=rng)
    sacrum = draw_sacrum(
        column,
        scale=build.scale,
        transitional=build.anomalies.transitional,
        junctions=build.anomalies.junctions,
        rng=rng,
    )
    return Bones(
        cage=cage,
        sacrum=sacrum,
        pelvis=draw_pelvis(column, sacrum, torso, build=build, rng=rng),
        shoulders=draw_shoulders(column, torso, cage.notch_mm, build=build, rng=rng),
    )

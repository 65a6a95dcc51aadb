"""How every figure of ctbone looks, and the flow chart that several of its pages show."""

from __future__ import annotations

from ctbone.drawing.figure import ACCENT, INK, QUIET, new_figure, save_figure
from ctbone.drawing.flowchart import FlowChart, Step, draw_flow_chart

__all__ = [
    "ACCENT",
    "INK",
    "QUIET",
    "FlowChart",
    "Step",
    "draw_flow_chart",
    "new_figure",
    "save_figure",
]

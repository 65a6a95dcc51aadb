from __future__ import annotations

from ctbone.drawing import new_figure, save_figure


def test_text_of_every_script_is_drawn_in_silence(tmp_path):
    with new_figure(2.0, 2.0) as figure:
        figure.add_subplot().set_title("骨质疏松 $x_$")
        _, svg = save_figure(figure, tmp_path, "one")
    assert "骨质疏松 $x_$" in svg.read_text(encoding="utf-8")

import subprocess
import sys

import pytest
import yaml

from ctbone.cli import main
from ctbone.presets import read_presets
from ctbone.resources import config_path


def test_the_table_shows_every_preset_whole(capsys):
    main(["presets"])
    shown = capsys.readouterr().out
    for preset in read_presets():
        assert f" {preset.id} " in shown
        assert preset.configuration["head"]["network"]["backbone"] in shown
        assert f"[{preset.reference_number}]" in shown
    assert "L1, L2 pooled" in shown
    assert "volume, body alone" in shown
    assert "without weights" in shown


def test_a_preset_is_printed_as_it_ships(capsys):
    main(["presets", "--show", "wu2025"])
    shown = capsys.readouterr().out
    assert shown == config_path("presets/wu2025.yaml").read_text()
    assert yaml.safe_load(shown)["head"]["network"]["task"] == "bmd"


def test_a_mistaken_name_exits_with_2(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["presets", "--show", "kuo"])
    assert stop.value.code == 2
    assert capsys.readouterr().err == "ctbone: no preset 'kuo'; did you mean kuo2025?\n"


def test_nothing_heavy_is_imported():
    code = (
        "import sys\n"
        "from ctbone.cli import main\n"
        "main(['presets'])\n"
        "heavy = {'torch', 'monai', 'pydicom', 'pandas'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

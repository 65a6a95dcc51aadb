"""What ``scripts/release`` asks of the files that it makes."""

import json
import re
import runpy
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "release_contents.py"))

LICENCES = {f"ctbone-1.0.dist-info/licenses/{name}" for name in ("LICENSE", "NOTICE")}


def bill(*names, **more):
    return json.dumps({"components": [{"name": name} for name in names], **more})


def test_the_package_is_its_code_its_weights_and_its_configurations():
    files = SCRIPT["package_files"](ROOT)
    assert {
        "ctbone/py.typed",
        "ctbone/weights/localiser.safetensors",
        "ctbone/pages/templates/page.html",
        "ctbone/configs/decision/acr_qct.yaml",
    } <= files
    assert not [name for name in files if name.endswith(".pyc")]
    assert "configs/decision/acr_qct.yaml" in SCRIPT["package_files"](ROOT, installed=False)


def test_a_whole_wheel_passes():
    SCRIPT["check_wheel"](LICENCES | {"ctbone/py.typed"}, {"ctbone/py.typed"})


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (LICENCES, "expected ctbone/py.typed in the wheel, missing"),
        (LICENCES | {"ctbone/py.typed", "tests/x.py"}, r"nothing but the package .*tests/x\.py"),
        ({"ctbone/py.typed"}, "expected LICENSE in the wheel"),
    ],
)
def test_a_wheel_that_lacks_something_or_has_too_much_is_refused(names, message):
    with pytest.raises(ValueError, match=message):
        SCRIPT["check_wheel"](names, {"ctbone/py.typed"})


def test_a_bill_names_what_is_needed_however_it_is_spelt():
    SCRIPT["check_bill"](
        bill("SimpleITK", "pytorch_lightning"), {"simpleitk", "pytorch-lightning"}
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (bill("numpy"), "expected scipy in the bill of materials"),
        (bill("scipy", url="file:///home/me/a.whl"), "expected no file .* file:///home/me/a.whl"),
    ],
)
def test_a_bill_that_lacks_a_package_or_tells_a_place_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        SCRIPT["check_bill"](text, {"scipy"})


def test_needs_are_names_without_versions_and_extras():
    names = SCRIPT["needs"](ROOT)
    assert {"torch", "jsonargparse", "simpleitk"} <= names
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)


def test_both_files_of_a_release_are_opened(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected one \*\.whl in .*, found 0"):
        SCRIPT["check"](tmp_path)
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        for name in LICENCES | SCRIPT["package_files"](ROOT):
            wheel.writestr(name, "")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as sdist:
        sdist.add(ROOT / "LICENSE", "ctbone-1.0/LICENSE")
    with pytest.raises(ValueError, match="in the sdist"):
        SCRIPT["check"](tmp_path)


def test_an_sdist_is_asked_for_what_there_is():
    assert [name for name in SCRIPT["BESIDE"] if not (ROOT / name).is_file()] == ["PKG-INFO"]


def test_the_citation_is_of_this_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["license"] == project["license"]
    assert project["description"].lower() in citation["title"].lower()


def test_what_the_notice_names_is_there():
    named = re.findall(r"\b(?:ctbone|configs|tests)/[\w/.]*\w", (ROOT / "NOTICE").read_text())
    assert len(named) > 5
    assert [name for name in named if not (ROOT / name).exists()] == []

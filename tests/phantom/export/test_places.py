import re
from pathlib import Path
from types import SimpleNamespace

from ctbone.phantom import SimulateConfig, SiteConfig
from ctbone.phantom.export.draw import plan_patient
from ctbone.phantom.export.places import file_path
from tests.phantom.export.conftest import objects_of

_PATTERNS = {
    "north": r"north/PAT\d{5}/ST\d{6}/SE\d{6}/IM\d{6}",
    "south": r"south/PAT\d{5}/ST\d{6}/SE\d{6}/IM\d{6}",
    "west": r"west/[0-9A-Z]{8}/[0-9A-Z]{8}/[0-9A-Z]{8}",
    "east": r"east/2\.25\.\d+/2\.25\.\d+/2\.25\.\d+\.\d+",
}


def test_files_lie_as_the_archive_of_their_site_names_them(everything):
    root, seen = everything.out / "export", set()
    for path, header in objects_of(root):
        place = path.relative_to(root)
        assert re.fullmatch(_PATTERNS[place.parts[0]], place.as_posix())
        assert place.parts[0] == header.InstitutionName
        seen.add(place.parts[0])
    assert seen == set(_PATTERNS)


def test_names_mean_no_order(everything):
    by_series = {}
    for path, header in objects_of(everything.out / "export" / "north"):
        if "AXIAL" in header.get("ImageType", ()):
            number = int(header.InstanceNumber)
            by_series.setdefault(header.SeriesInstanceUID, []).append((path.name, number))
    for named in by_series.values():
        numbers = [number for _, number in sorted(named)]
        assert numbers != sorted(numbers)


def test_no_two_files_of_an_archive_get_one_name():
    config = SimulateConfig(
        out=Path("unused"), sites=(SiteConfig("west", "canon", layout="flat"),)
    )
    (plan,) = plan_patient(config, 0)
    header = SimpleNamespace(SeriesInstanceUID="2.25.1")
    assert len({file_path(plan, header, number) for number in range(100_000)}) == 100_000

import pytest

from ctbone.ingest import require_folders


@pytest.mark.parametrize("out", ["export", "export/out", "link/out", "export/../export/out"])
def test_output_inside_the_export_is_refused(tmp_path, out):
    (tmp_path / "export").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "export")
    with pytest.raises(ValueError, match="must lie outside the export"):
        require_folders(tmp_path / "export", tmp_path / out)


@pytest.mark.parametrize("out", ["out", "", "exported"])
def test_output_beside_or_above_the_export_is_accepted(tmp_path, out):
    (tmp_path / "export").mkdir()
    require_folders(tmp_path / "export", tmp_path / out)


def test_an_export_that_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for name in ("file", "absent"):
        with pytest.raises(ValueError, match="must be a folder"):
            require_folders(tmp_path / name, tmp_path / "out")

from types import SimpleNamespace

import pytest

from ctbone.pacs.credentials import FileCredentials, read_authorization


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"s3cret",
        b"bearer",
        b"bearer two words",
        b"bearer s3cret\nX-Other: header",
        b"basic s3cret",
        b"digest user:s3cret",
        b"bearer s3cr\xc3\xa9t",
        b"\xff\xfe",
    ],
)
def test_another_form_is_refused_without_repeating_it(tmp_path, content):
    file = tmp_path / "credentials"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="--credentials: expected") as refused:
        read_authorization(file)
    assert "s3cr" not in str(refused.value)


def test_a_file_that_is_absent_is_refused(tmp_path):
    with pytest.raises(ValueError, match="found none"):
        read_authorization(tmp_path / "absent")


def test_a_renewed_token_is_taken_up(tmp_path):
    file = tmp_path / "credentials"
    sign = FileCredentials(file)
    for token in ("one", "two"):
        file.write_text(f"Bearer {token}\n")
        assert sign(SimpleNamespace(headers={})).headers == {"Authorization": f"Bearer {token}"}

"""Nothing that names a patient, and no secret, leaves the objects themselves."""

import logging
import threading

import pytest

from ctbone.errors import TransferError
from ctbone.pacs import FetchConfig, SendConfig, fetch, send
from ctbone.pacs.quiet import quiet
from ctbone.pacs.retry import RetryConfig
from tests.pacs.conftest import CANARY, receiving, write_ct
from tests.pacs.fake_archive import FakeArchive, broken, login_page

SECRET = "s3cretT0ken"  # noqa: S105 - planted

PATIENT = RetryConfig(attempts=2, wait_s=0.0, timeout_s=30.0)


@pytest.fixture
def heard(caplog, capfd):
    """Everything that was logged, at any level, and printed."""
    caplog.set_level(logging.DEBUG)
    for name in ("pynetdicom", "dicomweb_client", "urllib3", "pydicom"):
        caplog.set_level(logging.DEBUG, logger=name)

    def hear():
        printed = capfd.readouterr()
        return caplog.text + printed.out + printed.err

    return hear


def beside_objects(folder):
    """Return the names of all files and folders, and what those hold that are no objects."""
    paths = sorted(folder.rglob("*"))
    texts = [p.read_bytes().decode(errors="replace") for p in paths if is_record(p)]
    return "\n".join([*(str(p.relative_to(folder)) for p in paths), *texts])


def is_record(path):
    return path.is_file() and path.suffix != ".dcm"


def require_clean(text):
    assert text
    assert CANARY.lower() not in text.lower()
    assert SECRET not in text


@pytest.fixture
def export(tmp_path):
    """Files whose headers, folders and names all name a patient; two are broken."""
    folder = write_ct(tmp_path / "export" / f"{CANARY}^JOHN")
    broken_file = folder / f"{CANARY}.dcm"
    broken_file.write_bytes((folder / "0000").read_bytes()[:-8])
    uid = write_ct(folder / "uid", count=1, SOPInstanceUID="1.9.99") / "0000"
    uid.write_bytes(uid.read_bytes().replace(b"1.9.99", CANARY.encode()))
    return tmp_path / "export"


@pytest.fixture
def credentials(tmp_path):
    file = tmp_path / "credentials"
    file.write_text(f"bearer {SECRET}\n")
    file.chmod(0o600)
    return file


def test_sending_by_cstore_and_receiving(tmp_path, export, heard):
    with receiving(tmp_path / "peer") as port:
        peer = {"peer": f"127.0.0.1:{port}", "called_ae": "CTBONE"}
        send(SendConfig(files=export, out=tmp_path / "out", retry=PATIENT, **peer))
    assert len(list((tmp_path / "peer" / "objects").glob("*/*/*"))) == 3
    for folder in ("peer", "out"):
        require_clean(beside_objects(tmp_path / folder))
    require_clean(heard())


def test_fetching_and_sending_by_web(tmp_path, export, heard, credentials):
    archive = FakeArchive()
    for path in sorted(export.glob("*/000*")):
        (tmp_path / "whole").mkdir(exist_ok=True)
        (tmp_path / "whole" / path.name).write_bytes(path.read_bytes())
    archive.take(tmp_path / "whole")
    given = {"credentials": credentials, "retry": PATIENT}
    with archive.running():
        archive.answer("series", broken(500))
        archive.answer("wado", login_page, None)
        fetch_twice(archive, tmp_path / "in", given)
        archive.answer("store", broken(500))
        send(SendConfig(files=export, out=tmp_path / "out", url=archive.url, **given))
    assert len(list((tmp_path / "in" / "objects").glob("*/*/*"))) == 3
    for folder in ("in", "out"):
        require_clean(beside_objects(tmp_path / folder))
    require_clean(heard())


def fetch_twice(archive, out, given):
    config = FetchConfig(url=archive.url, out=out, since="2024-01-01", **given)
    with pytest.raises(TransferError):
        fetch(config)
    fetch(config)


def test_libraries_are_silent_in_every_thread_and_heard_again_afterwards(caplog):
    caplog.set_level(logging.DEBUG)
    logger = logging.getLogger("pynetdicom.association")
    with quiet():
        logger.error(CANARY)
        thread = threading.Thread(target=logger.error, args=(CANARY,))
        thread.start()
        thread.join()
    assert CANARY not in caplog.text
    logger.error("heard")
    assert "heard" in caplog.text


def test_a_fault_in_the_block_ends_the_silence(caplog):
    with pytest.raises(KeyError), quiet():
        raise KeyError
    logging.getLogger("urllib3").error("heard")
    assert "heard" in caplog.text

import csv
import json
from importlib import import_module

import pytest
from pydicom.uid import generate_uid

from ctbone.errors import NothingUsable, TransferError
from ctbone.pacs import SendConfig, send
from ctbone.pacs.retry import RetryConfig
from tests.ingest.conftest import SERIES_UID, STUDY_UID, write_slice
from tests.pacs.conftest import CANARY, data_set, objects, receiving
from tests.pacs.fake_archive import JSON, FakeArchive, broken, login_page

PATIENT = RetryConfig(wait_s=0.0, timeout_s=30.0)


def rows(out):
    with (out / "sent.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def counts(out):
    return json.loads((out / "run.json").read_text())["counts"]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def archive():
    with FakeArchive().running() as running:
        yield running


def stow(files, out, archive, **options):
    given = {"retry": PATIENT}
    send(SendConfig(files=files, out=out, url=archive.url, **(given | options)))


def store(files, out, port, **options):
    given = {"retry": PATIENT, "called_ae": "CTBONE"}
    send(SendConfig(files=files, out=out, peer=f"127.0.0.1:{port}", **(given | options)))


def test_objects_reach_a_web_service_as_they_are(ct, out, archive):
    stow(ct, out, archive)
    assert len(archive.held) == 3
    sent = archive.held["stored", "", f"{SERIES_UID}.1"]
    (out / "sent").write_bytes(sent)
    assert data_set(out / "sent") == data_set(ct / "0000")
    assert counts(out) == {"objects": 3, "sent": 3, "sent before": 0, "failed": 0}
    assert rows(out)[0] == {
        "file": "1",
        "study_uid": STUDY_UID,
        "series_uid": SERIES_UID,
        "sop_instance_uid": f"{SERIES_UID}.1",
        "status": "sent",
        "reason": "",
        "detail": "",
    }


def test_objects_reach_a_peer_byte_for_byte(tmp_path, ct, out):
    with receiving(tmp_path / "peer") as port:
        store(ct, out, port)
    stored = tmp_path / "peer" / "objects" / STUDY_UID / SERIES_UID
    for number, path in enumerate(sorted(ct.iterdir()), start=1):
        assert data_set(stored / f"{SERIES_UID}.{number}.dcm") == data_set(path)


def test_a_large_object_goes_in_chunks(tmp_path, out, archive):
    write_slice(tmp_path / "ct" / "1", Rows=1000, Columns=1000, SOPInstanceUID="1.5")
    stow(tmp_path / "ct", out, archive)
    assert data_set(tmp_path / "ct" / "1")[-2_000_000:] in archive.held["stored", "", "1.5"]


def test_what_was_sent_is_not_sent_again_but_what_changed_is(ct, out, archive):
    stow(ct, out, archive)
    write_slice(ct / "0001", SOPInstanceUID=f"{SERIES_UID}.2", KVP="80")
    archive.asked.clear()
    stow(ct, out, archive)
    assert len(archive.asked) == 1
    assert [row["status"] for row in rows(out)] == ["sent before", "sent", "sent before"]


def test_who_interrupts_it_finds_what_went_and_can_go_on(ct, out, archive):
    module = import_module("ctbone.pacs.stow")
    deliver, gone = module._send, []

    def send_two(*arguments):
        if len(gone) == 2:
            raise KeyboardInterrupt
        gone.append(arguments)
        return deliver(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_send", send_two)
        with pytest.raises(KeyboardInterrupt, match="the same command sends what was not"):
            stow(ct, out, archive)
    assert counts(out)["sent"] == 2
    assert json.loads((out / "run.json").read_text())["exit_code"] == 1
    stow(ct, out, archive)
    assert [row["status"] for row in rows(out)] == ["sent before", "sent before", "sent"]


def test_another_archive_gets_everything(tmp_path, ct, out, archive):
    stow(ct, out, archive)
    with receiving(tmp_path / "peer") as port:
        store(ct, out, port)
    assert len(objects(tmp_path / "peer")) == 3


def test_two_faults_of_the_archive_are_waited_out(ct, out, archive):
    archive.answer("store", broken(500), broken(503))
    stow(ct, out, archive)
    assert counts(out)["sent"] == 3
    assert len(archive.asked) == 5


def test_a_page_in_place_of_an_answer_is_not_taken_for_success(ct, out, archive):
    archive.answer("store", login_page)
    stow(ct, out, archive)
    assert [row["status"] for row in rows(out)] == ["failed", "sent", "sent"]
    assert rows(out)[0]["reason"] == "unexpected_answer"
    # It is tried again by the next run.
    stow(ct, out, archive)
    assert [row["status"] for row in rows(out)] == ["sent", "sent before", "sent before"]


def failed_sequence(handler):
    item = {
        "00081155": {"vr": "UI", "Value": [f"{SERIES_UID}.1"]},
        "00081197": {"vr": "US", "Value": [0xA900]},
    }
    answer = json.dumps({"00081198": {"vr": "SQ", "Value": [item]}}).encode()
    handler.say(202, answer, JSON)


@pytest.mark.parametrize(
    ("answer", "detail"),
    [(broken(409), "answered 409"), (failed_sequence, "did not store it: FailureReason 0xa900")],
)
def test_an_object_that_the_archive_refuses_fails_alone(ct, out, archive, answer, detail):
    archive.answer("store", answer)
    stow(ct, out, archive)
    assert [row["reason"] for row in rows(out)] == ["peer_refused", "", ""]
    assert detail in rows(out)[0]["detail"]
    assert counts(out)["peer_refused"] == 1


def test_files_that_are_none_are_accounted_for_without_their_names(tmp_path, ct, out, archive):
    (ct / f"{CANARY}.txt").write_text("no DICOM")
    whole = write_slice(ct / f"{CANARY}2").read_bytes()
    (ct / f"{CANARY}2").write_bytes(whole[:-8])
    bad = write_slice(ct / f"{CANARY}3", SOPInstanceUID="1.9.9.9")
    bad.write_bytes(bad.read_bytes().replace(b"1.9.9.9", b"../../x"))
    stow(ct, out, archive)
    failed = {row["file"]: row for row in rows(out) if row["status"] == "failed"}
    assert {number: row["reason"] for number, row in failed.items()} == {
        "5": "unreadable_file",
        "6": "invalid_object",
    }
    assert counts(out)["no DICOM files"] == 1
    assert CANARY not in (out / "sent.csv").read_text()
    assert len(archive.held) == 3


def test_nothing_to_send_is_nothing_usable(tmp_path, out, archive):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingUsable, match="expected DICOM files, found none"):
        stow(tmp_path / "empty", out, archive)
    with pytest.raises(ValueError, match="--files: expected a folder or a file"):
        stow(tmp_path / "absent", out, archive)


def test_one_file_can_be_sent(ct, out, archive):
    stow(ct / "0001", out, archive)
    assert [row["sop_instance_uid"] for row in rows(out)] == [f"{SERIES_UID}.2"]


def test_a_peer_out_of_reach_is_told_of_each_object(ct, out):
    with pytest.raises(TransferError, match="none of 3 objects could be sent"):
        store(ct, out, 1, retry=RetryConfig(attempts=1))
    assert {row["reason"] for row in rows(out)} == {"peer_unavailable"}
    assert json.loads((out / "run.json").read_text())["exit_code"] == 1


def test_a_peer_that_does_not_know_us_is_not_asked_again(tmp_path, ct, out):
    with receiving(tmp_path / "peer", calling=("OTHER",)) as port, pytest.raises(TransferError):
        store(ct, out, port)
    assert {row["reason"] for row in rows(out)} == {"peer_refused"}
    assert "refuses an association" in rows(out)[0]["detail"]


def test_a_peer_that_is_full_is_asked_again(tmp_path, ct, out):
    retry = RetryConfig(attempts=3, wait_s=0.0)
    with receiving(tmp_path / "peer", limit_gb=1e-9) as port, pytest.raises(TransferError):
        store(ct / "0000", out, port, retry=retry)
    assert "out of resources: status 0xa700" in rows(out)[0]["detail"]
    assert json.loads((tmp_path / "peer" / "run.json").read_text())["counts"] == {
        "studies": 0,
        "objects": 0,
        "storage_full now": 3,
    }


def test_a_kind_of_object_that_a_peer_does_not_take_fails_alone(tmp_path, ct, out):
    write_slice(ct / "strange", SOPClassUID=generate_uid())
    with receiving(tmp_path / "peer") as port:
        store(ct, out, port)
    assert sorted(row["reason"] for row in rows(out)) == ["", "", "", "peer_refused"]


def test_more_kinds_than_one_association_can_carry_are_sent(tmp_path, ct, out, monkeypatch):
    monkeypatch.setattr("ctbone.pacs.cstore._MOST_CONTEXTS", 1)
    write_slice(ct / "other", SOPClassUID="1.2.840.10008.5.1.4.1.1.4", SOPInstanceUID="1.6")
    with receiving(tmp_path / "peer") as port:
        store(ct, out, port)
    assert len(objects(tmp_path / "peer")) == 4


def test_an_association_that_breaks_off_is_made_again(tmp_path, ct, out):
    large = write_slice(ct / "0001", SOPInstanceUID=f"{SERIES_UID}.2", Rows=100, Columns=100)
    assert large.stat().st_size > 10_000
    with receiving(tmp_path / "peer", largest_object_mb=0.01, max_pdu=4096) as port:
        store(ct, out, port)
    assert [row["reason"] for row in rows(out)] == ["", "peer_unavailable", ""]
    assert len(objects(tmp_path / "peer")) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "expected either --url or --peer"),
        ({"url": "http://127.0.0.1/", "peer": "127.0.0.1:4242"}, "expected either --url or"),
        ({"url": "http://pacs.example/dicom-web"}, "pacs.example is not this machine"),
        ({"peer": "pacs.example:104", "called_ae": "PACS"}, "give --tls.ca, or --insecure true"),
        ({"peer": "127.0.0.1:4242"}, "--peer needs --called_ae"),
        ({"peer": "127.0.0.1", "called_ae": "PACS"}, "--peer: expected host:port"),
        ({"peer": "127.0.0.1:0", "called_ae": "PACS"}, "--peer: expected a port from 1"),
        ({"peer": "127.0.0.1:1", "called_ae": ""}, "--called_ae: expected an AE title"),
    ],
)
def test_a_mistake_is_refused_before_anything_is_sent(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        SendConfig(files=tmp_path, out=tmp_path, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"url": "http://pacs.example/", "insecure": True},
        {"url": "https://pacs.example/"},
        {"peer": "pacs.example:104", "called_ae": "PACS", "insecure": True},
        {"peer": "[::1]:104", "called_ae": "PACS"},
    ],
)
def test_what_is_protected_or_asked_for_is_let_pass(tmp_path, options):
    assert SendConfig(files=tmp_path, out=tmp_path, **options).files == tmp_path

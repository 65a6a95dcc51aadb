import csv
import errno
import json
import os
import signal
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctbone.errors import NothingUsable
from ctbone.ingest import index_export
from ctbone.pacs import ReceiveConfig, receive
from ctbone.pacs.library import dimse
from ctbone.pacs.receive import receive_until
from tests.ingest.conftest import SERIES_UID, STUDY_UID, write_slice
from tests.pacs.conftest import data_set, objects, receiving, write_ct

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"

SUCCESS, FULL, INVALID, CONFLICT = 0x0000, 0xA700, 0xC000, 0x0111


@contextmanager
def sender(port, *, called="CTBONE", calling="SENDER"):
    """Open an association for CT."""
    with dimse() as package:
        entity = package.AE(ae_title=calling)
        contexts = [
            package.build_context(CT, EXPLICIT),
            package.build_context("1.2.840.10008.1.1"),
        ]
        association = entity.associate("127.0.0.1", port, contexts=contexts, ae_title=called)
        yield association
        if association.is_established:
            association.release()


def store(port, *paths):
    """Send files in one association and return the status of each, ``None`` where none came."""
    with sender(port) as association:
        return [
            association.send_c_store(path).get("Status") if association.is_established else None
            for path in paths
        ]


def received(out):
    with (out / "received.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def run_record(out):
    return json.loads((out / "run.json").read_text())


def test_objects_are_stored_under_their_uids_as_they_were_sent(tmp_path, ct):
    out = tmp_path / "out"
    with receiving(out) as port:
        assert store(port, *sorted(ct.iterdir())) == [SUCCESS] * 3
    stored = out / "objects" / STUDY_UID / SERIES_UID / f"{SERIES_UID}.2.dcm"
    assert data_set(stored) == data_set(ct / "0001")
    assert list((out / "incoming").iterdir()) == []
    size = sum(path.stat().st_size for path in (out / "objects").glob("*/*/*"))
    expected = {"study_uid": STUDY_UID, "n_series": "1", "n_objects": "3", "n_bytes": str(size)}
    assert received(out) == [expected]
    assert run_record(out)["exit_code"] == 0


def test_a_screening_finds_what_was_received(tmp_path, ct):
    out = tmp_path / "out"
    with receiving(out) as port:
        store(port, *sorted(ct.iterdir()))
    (study,) = index_export(out / "objects", key=b"key")
    assert study.study_uid == STUDY_UID
    assert [len(series.slices) for series in study.series] == [3]


def test_an_echo_is_answered(tmp_path):
    with receiving(tmp_path / "out") as port, sender(port) as association:
        assert association.send_c_echo().Status == SUCCESS


def test_what_is_sent_again_is_not_doubled(tmp_path, ct):
    out = tmp_path / "out"
    with receiving(out) as port:
        assert store(port, ct / "0000", ct / "0000") == [SUCCESS] * 2
    assert run_record(out)["counts"] == {
        "studies": 1,
        "objects": 1,
        "repeated now": 1,
        "stored now": 1,
    }


def test_another_object_of_the_same_uid_is_refused_and_the_first_kept(tmp_path, ct):
    out = tmp_path / "out"
    other = write_ct(tmp_path / "other", KVP="80")
    with receiving(out) as port:
        assert store(port, ct / "0000", other / "0000") == [SUCCESS, CONFLICT]
    (name,) = objects(out)
    assert data_set(out / "objects" / STUDY_UID / SERIES_UID / name) == data_set(ct / "0000")
    (warning,) = run_record(out)["warnings"]
    assert warning == "1 objects were refused, and their senders told so"


@pytest.mark.parametrize("name", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"])
def test_an_identifier_that_is_a_path_leads_nowhere(tmp_path, ct, name):
    out = tmp_path / "out"
    bad = write_slice(tmp_path / "bad", **{name: "1.9.9.9"})
    bad.write_bytes(bad.read_bytes().replace(b"1.9.9.9", b"../../x"))
    before = set(tmp_path.rglob("*"))
    with receiving(out) as port:
        assert store(port, bad, ct / "0000") == [INVALID, SUCCESS]
    new = {p for p in set(tmp_path.rglob("*")) - before if p.is_file()}
    assert {p.relative_to(tmp_path).as_posix() for p in new} == {
        "out/run.json",
        "out/received.csv",
        f"out/objects/{STUDY_UID}/{SERIES_UID}/{SERIES_UID}.1.dcm",
    }


def test_an_object_that_is_not_the_one_announced_is_refused(tmp_path, ct):
    out = tmp_path / "out"
    # The file meta information, which the sender announces, says another.
    content = (ct / "0000").read_bytes()
    uid = f"{SERIES_UID}.1".encode()
    (ct / "0000").write_bytes(content.replace(uid, uid[:-1] + b"9", 1))
    with receiving(out) as port:
        assert store(port, ct / "0000", ct / "0001") == [INVALID, SUCCESS]


def fail_once(monkeypatch, number):
    """Let the disk refuse the first object to be synced."""
    sync = os.fsync
    waiting = [number]

    def refuse(handle):
        if waiting:
            raise OSError(waiting.pop(), "refused")
        sync(handle)

    monkeypatch.setattr("ctbone.pacs.storage.os.fsync", refuse)


@pytest.mark.parametrize(
    ("number", "status"), [(errno.ENOSPC, FULL), (errno.EDQUOT, FULL), (errno.EIO, 0x0110)]
)
def test_a_disk_that_refuses_costs_that_object_and_leaves_no_part(
    tmp_path, ct, monkeypatch, number, status
):
    out = tmp_path / "out"
    fail_once(monkeypatch, number)
    with receiving(out) as port:
        assert store(port, ct / "0000", ct / "0001", ct / "0000") == [status, SUCCESS, SUCCESS]
    assert len(objects(out)) == 2
    assert list((out / "incoming").iterdir()) == []


def test_what_is_to_stay_free_on_the_disk_stays_free(tmp_path, ct, monkeypatch):
    out = tmp_path / "out"
    usage = SimpleNamespace(free=10**9)
    monkeypatch.setattr("ctbone.pacs.storage.shutil.disk_usage", lambda _: usage)
    with receiving(out, reserve_gb=0.9) as port:
        assert store(port, ct / "0000") == [SUCCESS]
        usage.free = 9 * 10**8
        assert store(port, ct / "0001") == [FULL]


def test_the_limit_of_the_folder_holds_over_several_runs(tmp_path, ct):
    out = tmp_path / "out"
    with receiving(out) as port:
        store(port, ct / "0000", ct / "0001")
    size = sum(path.stat().st_size for path in (out / "objects").glob("*/*/*"))
    with receiving(out, limit_gb=size / 1e9) as port:
        assert store(port, ct / "0002", ct / "0000") == [FULL, FULL]
    assert len(objects(out)) == 2


def test_an_object_beyond_the_limit_ends_the_association(tmp_path, ct):
    out = tmp_path / "out"
    large = write_slice(ct / "large", Rows=100, Columns=100)
    with receiving(out, largest_object_mb=0.01, max_pdu=4096) as port:
        assert store(port, ct / "0000", large) == [SUCCESS, None]
        # One that is within it is taken, from the next sender as well.
        assert store(port, ct / "0001") == [SUCCESS]
    assert run_record(out)["counts"]["oversized now"] == 1


def test_an_object_beyond_the_limit_that_came_at_one_stroke_is_answered(tmp_path, ct):
    large = write_slice(ct / "large", Rows=100, Columns=100)
    with receiving(tmp_path / "out", largest_object_mb=0.01) as port:
        assert store(port, large, ct / "0000") == [FULL, SUCCESS]


def test_a_message_that_claims_to_be_endless_is_not_waited_for(tmp_path, ct):
    with receiving(tmp_path / "out") as port:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as peer:
            peer.sendall(b"\x01\x00" + (0xFFFFFFFF).to_bytes(4, "big"))
            # Nothing is read of it: we are hung up on.
            assert peer.recv(100)[:1] in (b"", b"\x07")
        assert store(port, ct / "0000") == [SUCCESS]


def test_a_message_without_an_end_is_not_waited_for_either(tmp_path, ct):
    with (
        receiving(tmp_path / "out", timeout_s=0.5) as port,
        socket.create_connection(("127.0.0.1", port), timeout=20) as peer,
    ):
        peer.sendall(b"\x01\x00" + (1000).to_bytes(4, "big") + b"half")
        assert peer.recv(100)[:1] in (b"", b"\x07")
    assert objects(tmp_path / "out") == []


def send_half(association, path):
    """Send a C-STORE request and the beginning of its object, then hang up."""
    from pydicom import dcmread
    from pynetdicom.dimse_messages import C_STORE_RQ
    from pynetdicom.dimse_primitives import C_STORE
    from pynetdicom.dsutils import encode

    dataset = dcmread(path)
    request = C_STORE()
    request.MessageID, request.Priority = 1, 2
    request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = CT, dataset.SOPInstanceUID
    request.DataSet = BytesIO(encode(dataset, False, True))  # noqa: FBT003
    message = C_STORE_RQ()
    message.primitive_to_message(request)
    parts = list(message.encode_msg(association.accepted_contexts[0].context_id, 256))
    for part in parts[:-1]:
        association.dul.send_pdu(part)
    time.sleep(0.2)
    association.dul.socket.close()


def test_a_sender_that_hangs_up_half_way_leaves_nothing(tmp_path, ct):
    out = tmp_path / "out"
    with receiving(out) as port:
        with sender(port) as association:
            send_half(association, ct / "0000")
        assert store(port, ct / "0001") == [SUCCESS]
    assert objects(out) == [f"{SERIES_UID}.2.dcm"]
    assert list((out / "incoming").iterdir()) == []


def test_only_senders_that_are_named_are_let_in(tmp_path):
    with receiving(tmp_path / "out", calling=("SCANNER",)) as port:
        with sender(port, calling="SCANNER") as association:
            assert association.is_established
        with sender(port, calling="STRANGER") as association:
            assert association.is_rejected


def test_only_so_many_senders_are_let_in_at_a_time(tmp_path):
    with receiving(tmp_path / "out", max_associations=1) as port, sender(port) as first:
        assert first.is_established
        with sender(port) as second:
            assert second.is_rejected


def test_what_a_killed_run_was_writing_is_removed(tmp_path, ct):
    out = tmp_path / "out"
    (out / "incoming").mkdir(parents=True)
    (out / "incoming" / "left.part").write_bytes(b"half")
    with receiving(out):
        pass
    assert list((out / "incoming").iterdir()) == []


def test_it_stops_once_the_studies_are_there(tmp_path, ct):
    config = ReceiveConfig(out=tmp_path / "out", port=0, studies=1, reserve_gb=0.0)
    threads = []

    def begun(port):
        threads.append(threading.Thread(target=store, args=(port, *sorted(ct.iterdir()))))
        threads[0].start()

    receive_until(config, is_told=lambda: False, begun=begun)
    threads[0].join()
    assert len(objects(tmp_path / "out")) == 3


def test_who_says_nothing_is_dismissed_at_the_end(tmp_path):
    """The library would end in a traceback, of which pytest tells, and keep the connection."""
    before = set(threading.enumerate())
    with ExitStack() as held:
        with receiving(tmp_path) as port:
            silent = held.enter_context(
                socket.create_connection(("127.0.0.1", port), timeout=10.0)
            )
            deadline = time.monotonic() + 10.0
            while not any(
                t.name.startswith("Acceptor") for t in {*threading.enumerate()} - before
            ):
                assert time.monotonic() < deadline
                time.sleep(0.01)
        assert _has_ended(silent)


def _has_ended(connection):
    """Whether the other side is gone; while it closes, the system may reset the connection."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_it_stops_when_nothing_comes(tmp_path):
    config = ReceiveConfig(out=tmp_path / "out", port=0, idle_s=0.1, reserve_gb=0.0)
    with pytest.raises(NothingUsable, match="none came"):
        receive(config)
    assert run_record(tmp_path / "out")["exit_code"] == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(tmp_path, number, monkeypatch):
    config = ReceiveConfig(out=tmp_path / "out", port=0, reserve_gb=0.0)
    before = signal.getsignal(number)
    # The signal comes once it waits.
    module = import_module("ctbone.pacs.receive")
    monkeypatch.setattr(module, "_wait", partial(signal_and_wait, number, module._wait))
    receive(config)
    assert run_record(tmp_path / "out")["exit_code"] == 0
    assert signal.getsignal(number) is before


def signal_and_wait(number, wait, *arguments):
    os.kill(os.getpid(), number)
    wait(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"address": "0.0.0.0"}, r"0\.0\.0\.0 is not this machine, and without TLS"),  # noqa: S104
        ({"port": 70000}, "--port: expected a port from 0 to 65535, found 70000"),
        ({"ae_title": "A" * 17}, "--ae_title: expected an AE title of 1 to 16 characters"),
        ({"calling": ("A\\B",)}, "--calling: expected an AE title"),
        ({"max_pdu": 0}, "max_pdu must be 4096 to 1048576 bytes, got 0"),
        ({"max_associations": 0}, "max_associations must be at least 1, got 0"),
        ({"studies": 0}, "studies must be at least 1, got 0"),
        ({"limit_gb": 0.0}, "limit_gb must be positive, got 0"),
        ({"reserve_gb": -1.0}, "reserve_gb must not be negative, got -1"),
    ],
)
def test_a_mistake_is_refused_before_anything_listens(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        ReceiveConfig(out=tmp_path, **options)


def test_insecure_has_to_be_asked_for(tmp_path):
    assert ReceiveConfig(out=tmp_path, address="0.0.0.0", insecure=True).insecure  # noqa: S104


def test_a_port_that_is_taken_is_the_callers_trouble(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        config = ReceiveConfig(out=tmp_path / "out", port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            receive(config)
    assert isinstance(config.out, Path)

import csv
import json
from importlib import import_module

import pytest

from ctbone.errors import NothingUsable, PeerUnavailable, TransferError, UnexpectedAnswer
from ctbone.pacs import FetchConfig, fetch
from ctbone.pacs.retry import RetryConfig
from tests.ingest.conftest import SERIES_UID, STUDY_UID
from tests.pacs.conftest import data_set, objects, write_ct
from tests.pacs.fake_archive import MULTIPART, FakeArchive, broken, login_page, multipart

OTHER = ("1.7", "1.7.1")


def run(archive, out, **options):
    given = {"since": "2024-01-01", "reserve_gb": 0.0, "retry": RetryConfig(wait_s=0.0)}
    fetch(FetchConfig(url=archive.url, out=out, **(given | options)))


def rows(out):
    with (out / "fetched.csv").open(newline="", encoding="utf-8") as file:
        return {row["study_uid"]: row for row in csv.DictReader(file)}


def counts(out):
    return json.loads((out / "run.json").read_text())["counts"]


@pytest.fixture
def archive(ct):
    with FakeArchive().take(ct).running() as running:
        yield running


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def test_a_study_comes_whole_and_as_it_is_stored(archive, out, ct):
    run(archive, out)
    assert objects(out) == [f"{SERIES_UID}.{n}.dcm" for n in (1, 2, 3)]
    fetched = out / "objects" / STUDY_UID / SERIES_UID / f"{SERIES_UID}.1.dcm"
    assert data_set(fetched) == data_set(ct / "0000")
    assert rows(out)[STUDY_UID]["status"] == "fetched"
    assert counts(out) == {"studies": 1, "fetched": 1, "objects": 3, "objects new": 3}
    assert list((out / "incoming").iterdir()) == []


def test_dates_and_modality_are_asked_of_the_archive(archive, out):
    run(archive, out, since="2024-01-31", until="2024-03-01")
    query = archive.asked[0][1]
    assert "StudyDate=20240131-20240301" in query
    assert "ModalitiesInStudy=CT" in query


def test_what_is_on_disk_is_not_fetched_again(archive, out):
    run(archive, out)
    archive.asked.clear()
    run(archive, out)
    assert not archive.paths(SERIES_UID)
    assert rows(out)[STUDY_UID]["n_objects"] == "3"
    assert rows(out)[STUDY_UID]["n_new"] == "0"


def test_only_what_the_archive_got_since_is_fetched(archive, out, tmp_path):
    run(archive, out)
    archive.asked.clear()
    archive.take(write_ct(tmp_path / "more", count=5))
    run(archive, out)
    new = [f"{SERIES_UID}.{n}" for n in (4, 5)]
    assert [path.rpartition("/")[2] for path in archive.paths() if "/instances/" in path] == new
    assert len(objects(out)) == 5


@pytest.mark.parametrize("kind", ["studies", "series", "instances", "wado"])
def test_two_faults_of_the_archive_are_waited_out(archive, out, kind):
    archive.answer(kind, broken(500), broken(503))
    run(archive, out)
    assert len(objects(out)) == 3


def test_an_archive_that_stays_out_of_order_is_given_up(archive, out):
    archive.answer("studies", *[broken(500)] * 4)
    with pytest.raises(PeerUnavailable, match="the archive answered 500"):
        run(archive, out)
    assert len(archive.paths("/studies")) == 4
    assert json.loads((out / "run.json").read_text())["exit_code"] == 1


def test_no_archive_is_said_to_be_out_of_reach(archive, out):
    archive.url = "http://127.0.0.1:1/dicom-web"
    with pytest.raises(PeerUnavailable, match="the connection failed: ConnectionError"):
        run(archive, out)


def test_a_page_in_place_of_a_list_is_told(archive, out):
    archive.answer("studies", login_page)
    with pytest.raises(UnexpectedAnswer, match="not what DICOMweb says it should be"):
        run(archive, out)


def test_a_page_in_place_of_a_series_fails_that_study_alone(archive, out, tmp_path):
    uids = dict(zip(("study_uid", "series_uid"), OTHER, strict=True))
    archive.take(write_ct(tmp_path / "other", **uids))
    archive.answer("wado", login_page)
    run(archive, out)
    assert rows(out)[STUDY_UID]["reason"] == "unexpected_answer"
    assert rows(out)[OTHER[0]]["status"] == "fetched"
    assert counts(out)["unexpected_answer"] == 1


def half(contents, *, length):
    """Send a series but for its last 40 bytes, and hang up."""
    body = multipart(contents)
    stated = len(body) if length is None else length
    return lambda handler: handler.say(200, body[:-40], MULTIPART, length=stated)


@pytest.mark.parametrize("length", [None, -1], ids=["length stated", "no length stated"])
def test_a_connection_that_breaks_off_is_taken_up_where_it_was(archive, out, length, monkeypatch):
    # Small beside these objects, as it is beside those of a scanner.
    monkeypatch.setattr("ctbone.pacs.web._CHUNK", 256)
    archive.answer("wado", half(list(archive.held.values()), length=length))
    run(archive, out)
    assert len(objects(out)) == 3
    # What had come whole was not asked for again.
    single = [path for path in archive.paths() if "/instances/" in path]
    assert [path.rpartition("/")[2] for path in single] == [f"{SERIES_UID}.3"]


def test_half_a_series_is_kept_from_screening_and_completed_by_the_next_run(archive, out):
    archive.listed[SERIES_UID] = [f"{SERIES_UID}.9"]
    with pytest.raises(TransferError, match="none of 1 studies could be fetched"):
        run(archive, out)
    assert rows(out)[STUDY_UID]["reason"] == "object_not_found"
    assert objects(out) == []
    assert len(list((out / "incoming").glob("*/*/*.dcm"))) == 3
    archive.listed.clear()
    archive.asked.clear()
    run(archive, out)
    assert len(objects(out)) == 3
    assert not archive.paths(SERIES_UID)


@pytest.mark.parametrize("kind", ["studies", "series", "instances"])
def test_an_identifier_that_is_a_path_leads_nowhere(archive, out, tmp_path, kind):
    evil = "../../x"
    tag = {"studies": "0020000D", "series": "0020000E", "instances": "00080018"}[kind]
    listed = json.dumps([{tag: {"Value": [evil]}, "00080060": {"Value": ["CT"]}}]).encode()
    archive.answer(kind, lambda handler: handler.say(200, listed, "application/json"))
    before = set(tmp_path.rglob("*"))
    with pytest.raises(TransferError):
        run(archive, out)
    (row,) = rows(out).values()
    assert row["reason"] == "invalid_object"
    new = {path.relative_to(tmp_path).as_posix() for path in set(tmp_path.rglob("*")) - before}
    assert new == {"out", "out/run.json", "out/fetched.csv", "out/incoming"}


def test_objects_of_another_study_are_not_taken(archive, out, tmp_path):
    uids = dict(zip(("study_uid", "series_uid"), OTHER, strict=True))
    foreign = FakeArchive().take(write_ct(tmp_path / "other", **uids))
    body = multipart(foreign.held.values())
    archive.answer("wado", *[lambda handler: handler.say(200, body, MULTIPART)] * 4)
    with pytest.raises(TransferError):
        run(archive, out)
    assert "it belongs to another series" in rows(out)[STUDY_UID]["detail"]
    assert not list(out.rglob("*.dcm"))


def test_studies_are_named_by_a_table_and_one_that_is_unknown_fails_alone(archive, out, tmp_path):
    table = tmp_path / "studies.csv"
    table.write_text(f"study_uid,note\n1.99,unknown\n{STUDY_UID},known\n{STUDY_UID},again\n")
    run(archive, out, since=None, studies=table)
    assert rows(out)["1.99"]["reason"] == "object_not_found"
    assert rows(out)[STUDY_UID]["status"] == "fetched"
    assert not archive.paths("/studies")


def test_a_table_with_something_else_in_place_of_a_uid_is_refused(archive, out, tmp_path):
    table = tmp_path / "studies.csv"
    table.write_text("study_uid\n../../x\n")
    with pytest.raises(ValueError, match=r"studies.csv, line 2: study_uid: expected a UID"):
        run(archive, out, since=None, studies=table)


@pytest.mark.parametrize(
    ("options", "is_fetched"),
    [
        ({"series_description": ("*1.2.3*",)}, True),
        ({"series_description": ("*BONE*", "*SERIES*")}, True),
        ({"series_description": ("*bone*",)}, False),
        ({"modality": "MR"}, False),
        ({"body_part": ("CHEST",)}, True),
    ],
)
def test_series_are_chosen_by_what_they_state(archive, out, options, is_fetched):
    if is_fetched:
        run(archive, out, **options)
        assert len(objects(out)) == 3
        return
    with pytest.raises(TransferError):
        run(archive, out, **options)
    assert rows(out)[STUDY_UID]["reason"] == "no_eligible_series"


def test_an_archive_without_a_study_that_fits_is_nothing_usable(archive, out):
    archive.held.clear()
    with pytest.raises(NothingUsable):
        run(archive, out)
    assert json.loads((out / "run.json").read_text())["exit_code"] == 3


def test_an_archive_that_knows_no_offset_is_asked_twice(archive, out):
    listed = json.dumps([{"0020000D": {"Value": [STUDY_UID]}}]).encode()
    archive.answer("studies", *[lambda h: h.say(200, listed, "application/json")] * 9)
    run(archive, out)
    assert len(archive.paths("/studies")) == 2


def test_an_object_beyond_the_limit_is_not_read_into_memory(archive, out):
    with pytest.raises(TransferError):
        run(archive, out, largest_object_mb=0.0005)
    assert "larger than any that is read" in rows(out)[STUDY_UID]["detail"]


def test_a_limit_of_the_folder_is_kept(archive, out):
    with pytest.raises(TransferError):
        run(archive, out, limit_gb=2e-6)
    assert rows(out)[STUDY_UID]["reason"] == "storage_full"
    assert sum(path.stat().st_size for path in out.rglob("*.dcm")) < 2000


def test_another_address_is_not_followed(archive, out):
    archive.answer(
        "studies", lambda h: h.say(302, b"", "text/plain", Location="http://127.0.0.1:1/")
    )
    with pytest.raises(TransferError, match="points to another address"):
        run(archive, out)


@pytest.mark.parametrize("status", [401, 403])
def test_an_archive_that_does_not_let_us_is_not_asked_again(archive, out, status):
    archive.answer("studies", broken(status))
    with pytest.raises(TransferError, match=f"the archive answered {status}"):
        run(archive, out)
    assert len(archive.paths("/studies")) == 1


def test_who_interrupts_it_finds_what_came_and_can_go_on(archive, out, tmp_path, monkeypatch):
    uids = dict(zip(("study_uid", "series_uid"), OTHER, strict=True))
    archive.take(write_ct(tmp_path / "other", **uids))
    module = import_module("ctbone.pacs.gathering")
    keep, kept = module._keep, []

    def keep_three(*arguments):
        if len(kept) == 3:
            raise KeyboardInterrupt
        kept.append(arguments)
        keep(*arguments)

    monkeypatch.setattr(module, "_keep", keep_three)
    with pytest.raises(KeyboardInterrupt, match="the same command goes on"):
        run(archive, out)
    assert list(rows(out)) == [STUDY_UID]
    assert json.loads((out / "run.json").read_text())["exit_code"] == 1
    assert counts(out)["fetched"] == 1
    monkeypatch.setattr(module, "_keep", keep)
    run(archive, out)
    assert counts(out) == {"studies": 2, "fetched": 2, "objects": 6, "objects new": 3}


@pytest.mark.parametrize(
    ("line", "header"),
    [
        ("bearer tok.en-1", "Bearer tok.en-1"),
        ("basic reader:CANARY pass", "Basic cmVhZGVyOkNBTkFSWSBwYXNz"),
    ],
)
def test_credentials_come_from_a_file(archive, out, tmp_path, line, header):
    file = tmp_path / "credentials"
    file.write_text(f"{line}\n")
    file.chmod(0o600)
    run(archive, out, credentials=file)
    assert {headers["Authorization"] for _, _, headers in archive.asked} == {header}
    assert not json.loads((out / "run.json").read_text())["warnings"]


def test_credentials_that_others_can_read_are_remarked_on(archive, out, tmp_path):
    file = tmp_path / "credentials"
    file.write_text("bearer token")
    file.chmod(0o644)
    run(archive, out, credentials=file)
    (warning,) = json.loads((out / "run.json").read_text())["warnings"]
    assert "chmod 600" in warning


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "http://10.0.0.1/dicom-web"}, "10.0.0.1 is not this machine, and without TLS"),
        ({"url": "https://me:secret@pacs/dicom-web"}, "must not carry a user"),
        ({"url": "ftp://pacs"}, "expected an address such as"),
        ({"since": None}, "a whole archive is never fetched"),
        ({"since": "2024-02-30"}, "expected a date such as 2024-01-31, found 2024-02-30"),
        ({"until": "2023-01-01"}, "is later than"),
        ({"largest_object_mb": 0.0}, "largest_object_mb must be positive"),
        ({"limit_gb": 0.0}, "limit_gb must be positive"),
    ],
)
def test_a_mistake_is_refused_before_anything_is_asked(tmp_path, options, message):
    given = {"url": "http://127.0.0.1/", "out": tmp_path, "since": "2024-01-01"} | options
    with pytest.raises(ValueError, match=message) as refused:
        FetchConfig(**given)
    assert "secret" not in str(refused.value)


def test_insecure_has_to_be_asked_for(tmp_path):
    config = FetchConfig(url="http://10.0.0.1/", out=tmp_path, since="2024-01-01", insecure=True)
    assert config.insecure


@pytest.mark.parametrize("further", [{}, {"since": None, "study_description": ("*ABD*",)}])
def test_named_studies_are_not_chosen_among(archive, out, tmp_path, further):
    with pytest.raises(ValueError, match="--studies names the studies to fetch: give it without"):
        run(archive, out, studies=tmp_path / "studies.csv", **further)

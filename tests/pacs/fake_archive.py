"""A DICOMweb service that misbehaves as it is told."""

import json
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from pydicom import dcmread

JSON = "application/dicom+json"


@dataclass
class FakeArchive:
    """What it holds, what it was asked, and how it will answer.

    Attributes:
        held: Content by study, series and SOP instance UID.
        listed: UIDs that it lists of a series besides those that it holds.
        answers: What the next requests for a path that begins so are answered with, one each:
            functions of the handler, or ``None`` to answer as one should.
        asked: Method, path and headers of every request.
        url: Its address.
    """

    held: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    listed: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[str, deque] = field(default_factory=dict)
    asked: list[tuple[str, str, dict]] = field(default_factory=list)
    url: str = ""

    def take(self, folder: Path) -> "FakeArchive":
        """Take in every file of a folder."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                header = dcmread(path, stop_before_pixels=True)
                uids = (header.StudyInstanceUID, header.SeriesInstanceUID, header.SOPInstanceUID)
                self.held[tuple(map(str, uids))] = path.read_bytes()
        return self

    def answer(self, kind: str, *answers) -> None:
        """Set how the next requests of a kind are answered: studies, series, instances, ..."""
        self.answers[kind] = deque(answers)

    def paths(self, end: str = "") -> list[str]:
        """Return the paths that were asked for and end so, without their queries."""
        paths = [urlsplit(path).path for _, path, _ in self.asked]
        return [path for path in paths if path.endswith(end)]

    @contextmanager
    def running(self):
        """Listen in the block."""
        archive = self

        class Handler(_Handler):
            pass

        Handler.archive = archive
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}/dicom-web"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    archive: FakeArchive

    def log_message(self, *_):
        pass

    def do_GET(self):
        parts = urlsplit(self.path)
        _, _, *names = parts.path.split("/")
        kind = ("studies", "study", "series", "wado", "instances", "instance")[len(names) - 1]
        self.archive.asked.append(("GET", self.path, dict(self.headers)))
        waiting = self.archive.answers.get(kind)
        misbehave = waiting.popleft() if waiting else None
        if misbehave:
            misbehave(self)
        elif kind in ("studies", "series", "instances"):
            self._list(names, parse_qs(parts.query))
        else:
            self._retrieve(names)

    def do_POST(self):
        body = self._body()
        self.archive.asked.append(("POST", self.path, dict(self.headers)))
        waiting = self.archive.answers.get("store")
        misbehave = waiting.popleft() if waiting else None
        if misbehave:
            misbehave(self)
            return
        content = body.split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0]
        uid = content.split(b"\x08\x00\x18\x00UI")[1]
        uid = uid[2 : 2 + int.from_bytes(uid[:2], "little")].rstrip(b"\0").decode()
        self.archive.held["stored", "", uid] = content
        item = {"00081155": {"vr": "UI", "Value": [uid]}}
        answer = {"00081199": {"vr": "SQ", "Value": [item]}}
        self.say(200, json.dumps(answer).encode(), f"{JSON}; charset=utf-8")

    def _body(self):
        if "Content-Length" in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _list(self, names, query):
        held = self.archive.held
        if len(names) == 1:
            asked = query.get("StudyInstanceUID")
            found = {study for study, _, _ in held if not asked or study in asked}
            rows = [{"0020000D": uid} for uid in sorted(found)]
        elif len(names) == 3:
            found = {series for study, series, _ in held if study == names[1]}
            rows = [
                {"0020000E": uid, "00080060": "CT", "0008103E": f"series {uid}"}
                for uid in sorted(found)
            ]
        else:
            found = [sop for _, series, sop in held if series == names[3]]
            rows = [{"00080018": uid} for uid in found + self.archive.listed.get(names[3], [])]
        rows = [] if int(query.get("offset", ["0"])[0]) else rows
        packed = [{tag: {"vr": "UI", "Value": [v]} for tag, v in row.items()} for row in rows]
        self.say(200, json.dumps(packed).encode(), JSON)

    def _retrieve(self, names):
        names = tuple(names[1::2])
        found = [v for k, v in sorted(self.archive.held.items()) if k[: len(names)] == names]
        if not found:
            self.say(404, b"", "text/plain")
            return
        self.say(200, multipart(found), MULTIPART)

    def say(self, status, body, kind, *, length=None, **headers):
        """Answer; with a length of -1 none is stated, and the end of the connection is the end."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        if length == -1:
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        if length is not None:
            self.close_connection = True


MULTIPART = 'multipart/related; type="application/dicom"; boundary="b0undary"'


def multipart(contents):
    """Return objects as one body."""
    parts = [b"--b0undary\r\nContent-Type: application/dicom\r\n\r\n" + c for c in contents]
    return b"\r\n".join([*parts, b"--b0undary--\r\n"])


def broken(status=500):
    """Answer with a fault."""
    return lambda handler: handler.say(status, b"no", "text/plain")


def login_page(handler):
    """Answer as a proxy does that wants somebody to log in."""
    handler.say(200, b"<html>log in</html>", "text/html")

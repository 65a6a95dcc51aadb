"""A real archive, Orthanc, for the length of a test module."""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")

#: Debian has Orthanc where the path of an ordinary user does not lead; and pynetdicom brings
#: programs of the names of dcmtk's, which lie beside Python.
_FOLDERS = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin"]
_PATH = os.pathsep.join(f for f in _FOLDERS if Path(f) != Path(sys.executable).parent)

#: Tries to take two ports that nothing else took meanwhile.
_TRIES = 5


@dataclass(frozen=True)
class Orthanc:
    """A running archive.

    Attributes:
        root: Address of its own interface, without an end.
        dicom_port: Where it takes C-STORE.
        user: USER:PASSWORD that it asks for; empty where it asks for none.
    """

    root: str
    dicom_port: int
    user: str = ""

    @property
    def url(self) -> str:
        """Address of DICOMweb."""
        return f"{self.root}/dicom-web"

    def ask(self, path: str, *, method: str = "GET") -> object:
        """Ask its own interface."""
        request = urllib.request.Request(f"{self.root}/{path}", method=method)  # noqa: S310
        if self.user:
            secret = base64.b64encode(self.user.encode()).decode()
            request.add_header("Authorization", f"Basic {secret}")
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def empty(self) -> None:
        """Remove everything from it."""
        for study in self.ask("studies"):
            self.ask(f"studies/{study}", method="DELETE")


def program(name: str) -> str | None:
    """Return where a program lies, ``None`` if it is not installed."""
    return shutil.which(name, path=_PATH)


def require_programs() -> None:
    """Skip where Orthanc, its plugin or dcmtk is missing."""
    for name, package in (("Orthanc", "orthanc"), ("storescu", "dcmtk"), ("echoscu", "dcmtk")):
        if program(name) is None:
            pytest.skip(f"{name} of the package {package} is not installed")
    if not _PLUGIN.exists():
        pytest.skip("the plugin of the package orthanc-dicomweb is not installed")


def dcmtk(name, port, *arguments, called="ORTHANC"):
    """Run a program of dcmtk against a port of this machine."""
    done = subprocess.run(
        [program(name), "-aec", called, "127.0.0.1", str(port), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def storescu(folder: Path, port, *arguments, **options):
    """Send a folder."""
    dcmtk("storescu", port, *arguments, "+sd", "+r", str(folder), **options)


@contextmanager
def running_orthanc(folder: Path, *, user: str = "", **settings: object):
    """Run an archive in the block; its storage lies in the folder.

    Args:
        folder: For its configuration, storage and log.
        user: USER:PASSWORD that it is to ask for.
        settings: Of its configuration, beside those of tests.
    """
    for _ in range(_TRIES):
        http_port, dicom_port = _free_ports()
        config = folder / "orthanc.json"
        own = _configuration(folder, http_port, dicom_port)
        config.write_text(json.dumps(settings | own | _users(user)))
        with (folder / "orthanc.log").open("wb") as log:
            process = subprocess.Popen([program("Orthanc"), str(config)], stdout=log, stderr=log)
        try:
            archive = Orthanc(f"http://127.0.0.1:{http_port}", dicom_port, user)
            if _is_up(archive, process):
                yield archive
                return
        finally:
            process.terminate()
            process.wait(timeout=60)
    pytest.fail(f"Orthanc does not start: {(folder / 'orthanc.log').read_text()[-2000:]}")


def _configuration(folder, http_port, dicom_port):
    return {
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "Plugins": [str(_PLUGIN)],
        "HttpPort": http_port,
        "DicomPort": dicom_port,
        "DicomAet": "ORTHANC",
        "RemoteAccessAllowed": False,
        # Its DICOM port cannot be bound to one address: senders of other machines are refused.
        "DicomAlwaysAllowStore": False,
        "DicomAlwaysAllowEcho": False,
        "DicomCheckModalityHost": True,
        "DicomModalities": {
            "ctbone": ["CTBONE", "127.0.0.1", 1],
            "dcmtk": ["STORESCU", "127.0.0.1", 1],
        },
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }


def _users(user):
    name, _, password = user.partition(":")
    users = {"RegisteredUsers": {name: password}} if user else {}
    return {"AuthenticationEnabled": bool(user), **users}


def _is_up(archive: Orthanc, process: subprocess.Popen) -> bool:
    for _ in range(600):
        if process.poll() is not None:
            return False
        try:
            archive.ask("system")
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]

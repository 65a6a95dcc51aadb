import json
import shutil
import socket
import ssl
import subprocess

import pytest

from ctbone.errors import TransferError
from ctbone.pacs import ReceiveConfig, SendConfig, send
from ctbone.pacs.retry import RetryConfig
from ctbone.pacs.tls import TlsConfig, client_context, require_readable, server_context
from tests.pacs.conftest import objects, receiving


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    """A certificate of 127.0.0.1 that is its own authority, and one of somebody else."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificates, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    for name, address in (("ours", "127.0.0.1"), ("other", "127.0.0.1"), ("else", "10.0.0.1")):
        words = (
            "openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2 "
            f"-subj /CN={name} -addext subjectAltName=IP:{address}"
        )
        keys = ["-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"]
        subprocess.run([*words.split(), *keys], check=True, capture_output=True)
    return folder


def shown(folder, name, **options):
    """Show the certificate of a name."""
    return TlsConfig(certificate=folder / f"{name}.pem", key=folder / f"{name}.key", **options)


def deliver(ct, out, port, tls):
    retry = RetryConfig(attempts=1, timeout_s=10.0)
    peer = {"peer": f"127.0.0.1:{port}", "called_ae": "CTBONE"}
    send(SendConfig(files=ct, out=out, tls=tls, retry=retry, **peer))


def test_objects_go_through_tls(tmp_path, ct, certified):
    with receiving(tmp_path / "peer", tls=shown(certified, "ours")) as port:
        deliver(ct, tmp_path / "out", port, TlsConfig(ca=certified / "ours.pem"))
    assert len(objects(tmp_path / "peer")) == 3
    for folder in ("peer", "out"):
        assert "PRIVATE" not in (tmp_path / folder / "run.json").read_text()


@pytest.mark.parametrize("ca", ["other", "else", None])
def test_a_peer_that_is_not_known_gets_nothing(tmp_path, ct, certified, ca):
    server = shown(certified, "else" if ca == "else" else "ours")
    trusted = TlsConfig(ca=certified / f"{ca}.pem") if ca else TlsConfig()
    peer = tmp_path / "peer"
    with receiving(peer, tls=server, timeout_s=10.0) as port, pytest.raises(TransferError):
        deliver(ct, tmp_path / "out", port, trusted)
    assert objects(tmp_path / "peer") == []


def test_a_receiver_can_ask_for_a_certificate(tmp_path, ct, certified):
    server = shown(certified, "ours", ca=certified / "other.pem", require_peer=True)
    ca = certified / "ours.pem"
    with receiving(tmp_path / "peer", tls=server) as port:
        with pytest.raises(TransferError):
            deliver(ct, tmp_path / "out", port, TlsConfig(ca=ca))
        deliver(ct, tmp_path / "out", port, shown(certified, "other", ca=ca))
    assert len(objects(tmp_path / "peer")) == 3
    assert json.loads((tmp_path / "out" / "run.json").read_text())["counts"]["sent"] == 3


def test_a_sender_that_connects_and_says_nothing_keeps_nobody_waiting(tmp_path, ct, certified):
    with (
        receiving(tmp_path / "peer", tls=shown(certified, "ours")) as port,
        socket.create_connection(("127.0.0.1", port)),
    ):
        deliver(ct, tmp_path / "out", port, TlsConfig(ca=certified / "ours.pem"))
    assert len(objects(tmp_path / "peer")) == 3


def test_with_tls_one_may_listen_beyond_this_machine(tmp_path, certified):
    address = "0.0.0.0"  # noqa: S104
    tls = shown(certified, "ours")
    assert ReceiveConfig(out=tmp_path, address=address, tls=tls).address == address


def test_no_old_protocol_is_spoken(certified):
    server = server_context(shown(certified, "ours"))
    client = client_context(TlsConfig(ca=certified / "ours.pem"))
    assert server.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert client.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert client.check_hostname


def test_without_certificates_there_is_no_tls():
    assert server_context(TlsConfig()) is None
    assert client_context(TlsConfig()) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"key": "ours.key"}, "give --tls.certificate with it"),
        ({"certificate": "ours.pem", "require_peer": True}, "tls.require_peer needs"),
    ],
)
def test_certificates_that_lack_another_are_refused(certified, options, message):
    given = {k: certified / v if isinstance(v, str) else v for k, v in options.items()}
    with pytest.raises(ValueError, match=message):
        TlsConfig(**given)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"certificate": "ours.pem", "key": "other.key"}, "do not belong together"),
        ({"certificate": "ours.pem"}, "--tls.certificate and --tls.key to be a certificate"),
        ({"certificate": "absent.pem"}, "found no such file"),
        ({"ca": "ours.key"}, "expected --tls.ca to be certificates in PEM"),
        ({"ca": "absent.pem"}, "found no such file"),
    ],
)
def test_files_that_are_no_certificates_are_refused(certified, options, message):
    with pytest.raises(ValueError, match=message):
        require_readable(TlsConfig(**{name: certified / file for name, file in options.items()}))


def test_nobody_is_asked_for_a_password(certified, tmp_path):
    key = tmp_path / "locked.key"
    words = f"openssl ec -aes256 -passout pass:secret -in {certified / 'ours.key'} -out {key}"
    subprocess.run(words.split(), check=True, capture_output=True)
    with pytest.raises(ValueError, match="without a password"):
        require_readable(TlsConfig(certificate=certified / "ours.pem", key=key))

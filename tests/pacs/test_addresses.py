import pytest

from ctbone.pacs.addresses import Peer, is_loopback, require_url, to_peer


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("LOCALHOST", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("192.168.1.2", False),
        ("127.0.0.1.example.org", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_only_this_machine_is_this_machine(host, is_ours):
    assert is_loopback(host) is is_ours


@pytest.mark.parametrize(
    ("text", "peer"),
    [
        ("pacs.example:104", Peer("pacs.example", 104)),
        ("10.0.0.1:11112", Peer("10.0.0.1", 11112)),
        ("[fe80::1]:104", Peer("fe80::1", 104)),
    ],
)
def test_a_peer_is_a_host_and_a_port(text, peer):
    assert to_peer(text) == peer


@pytest.mark.parametrize("text", ["pacs", "pacs:", ":104", "::1:104", "pacs:x", "pacs:70000", ""])
def test_what_is_no_peer_is_refused(text):
    with pytest.raises(ValueError, match="--peer: expected"):
        to_peer(text)


@pytest.mark.parametrize(
    "url",
    ["pacs", "file:///etc/passwd", "http://", "http://[::1", "http://pacs:port/", "http://pacs:0"],
)
def test_what_is_no_address_of_a_service_is_refused(url):
    with pytest.raises(ValueError, match="--url: expected an address such as"):
        require_url(url)


@pytest.mark.parametrize(
    "url", ["https://me@pacs/", "https://me:s3cret@pacs/", "https://pacs/?token=s3cret"]
)
def test_an_address_carries_no_secret(url):
    with pytest.raises(ValueError, match="must not carry") as refused:
        require_url(url)
    assert "s3cret" not in str(refused.value)

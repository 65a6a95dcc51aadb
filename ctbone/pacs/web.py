"""A DICOMweb service: opened with care, and everything that it can answer turned into a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from ctbone.errors import (
    ObjectNotFound,
    PeerRefused,
    PeerUnavailable,
    UnexpectedAnswer,
)
from ctbone.extras import import_extra
from ctbone.ingest.fallback import HOSTILE
from ctbone.pacs.credentials import FileCredentials, read_authorization
from ctbone.pacs.quiet import quiet
from ctbone.pacs.service import WebConfig

#: Bytes of an answer that are taken in at a time.
_CHUNK = 1 << 20

#: The largest list that is read, bytes.
LARGEST_LIST = 1 << 28

#: Results that are asked for at a time, and more than any archive lists of one kind.
_PAGE, _MOST = 500, 1_000_000

#: What an archive answers that may be otherwise the next time, besides all faults of its own.
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)

#: Bytes at the end of an answer among which its last delimiter has to be.
_TAIL = 4096

_LISTS = ("application/dicom+json", "application/json")


@dataclass(slots=True)
class Meter:
    """Counts the bytes of an answer and stops at a limit: its length is the server's word.

    Attributes:
        limit: Bytes that may come before ``reset`` is called.
        count: Bytes that came.
        response: The answer that is being read.
    """

    limit: int = LARGEST_LIST
    count: int = 0
    response: Any = None

    def reset(self, limit: int) -> None:
        """Begin anew."""
        self.limit, self.count = limit, 0

    def close(self) -> None:
        """Hang up on an answer of which no more is wanted."""
        if self.response is not None:
            self.response.close()

    def watch(self, response: Any, *_: object, **__: object) -> None:  # noqa: ANN401
        """Let the content of a response be counted as it is read, and its end be looked for."""
        self.response = response
        kind, parameters = parse_content_type(response.headers.get("Content-Type", ""))
        if kind in _LISTS:
            # The library takes the plain names alone, and passes over the answer otherwise.
            response.headers["Content-Type"] = kind
        read = response.iter_content
        closing = f"--{parameters.get('boundary', '')}--".encode()

        def counted(*args: object, **kwargs: object) -> Iterator[bytes]:
            tail = b""
            for chunk in read(*args, **kwargs):
                self.count += len(chunk)
                if self.count > self.limit:
                    raise _TooMuch
                tail = (tail + chunk)[-_TAIL:]
                yield chunk
            # The library takes the part of an object that came last for the whole of it.
            if "boundary" in parameters and closing not in tail:
                raise _BrokenOff

        response.iter_content = counted


class _TooMuch(Exception):
    """More came than is read into memory."""


class _BrokenOff(Exception):
    """An answer in parts ended before it said so."""


def parse_content_type(text: str) -> tuple[str, dict[str, str]]:
    """Return a media type and its parameters, names in lower case.

    Example:
        >>> parse_content_type('Multipart/related; boundary="a=b"')
        ('multipart/related', {'boundary': 'a=b'})
    """
    kind, *parameters = (part.strip() for part in text.split(";"))
    pairs = (parameter.partition("=") for parameter in parameters)
    return kind.lower(), {
        name.strip().lower(): value.strip().strip('"') for name, _, value in pairs
    }


@dataclass(frozen=True, slots=True)
class WebArchive:
    """An open DICOMweb service.

    Attributes:
        client: The client of the library.
        meter: What bounds its answers.
    """

    client: Any
    meter: Meter = field(default_factory=Meter)


@contextmanager
def opened(config: WebConfig) -> Iterator[WebArchive]:
    """Open a service, silently; nothing is asked of it yet.

    Raises:
        ValueError: If the libraries are not installed, or a file of credentials or certificates
            cannot be used.
    """
    api = import_extra("dicomweb_client.api", extra="pacs")
    meter = Meter()
    with quiet(), _session(config) as session:
        client = api.DICOMwebClient(
            url=config.url.rstrip("/"),
            session=session,
            callback=meter.watch,
            chunk_size=_CHUNK,
            timeout=config.retry.timeout_s,
        )
        # Other tries are ours: they have to cover connections that break off, too.
        client.set_http_retry_params(retry=False)
        yield WebArchive(client, meter)


def _session(config: WebConfig) -> Any:  # noqa: ANN401
    session = import_extra("requests", extra="pacs").Session()
    # Neither proxies nor passwords that happen to lie about: what is used is what was given.
    session.trust_env = False
    # Somebody else's address is not the one that was asked to be trusted.
    session.max_redirects = 0
    # Packing CT takes an archive longer than a hospital's network takes to carry it.
    session.headers["Accept-Encoding"] = "identity"
    session.verify = str(config.tls.ca) if config.tls.ca else True
    if config.tls.certificate:
        key = config.tls.key or config.tls.certificate
        session.cert = (str(config.tls.certificate), str(key))
    if config.credentials:
        read_authorization(config.credentials)
        session.auth = FileCredentials(config.credentials)
    return session


@contextmanager
def asking() -> Iterator[None]:
    """Turn what the libraries raise in the block into a fault of the exchange.

    Raises:
        PeerUnavailable: If the service cannot be reached, breaks off or is out of order for now.
        PeerRefused: If it does not let us, or cannot be trusted.
        ObjectNotFound: If it does not know what it was asked for.
        UnexpectedAnswer: If its answer is of another kind, or larger than any.
    """
    from pydicom.errors import BytesLengthException, InvalidDicomError

    known = import_extra("requests.exceptions", extra="pacs")
    try:
        yield
    except known.HTTPError as error:
        raise _of_status(error.response.status_code) from None
    except known.SSLError:
        raise PeerRefused(
            "the certificate of the archive, or ours, is not accepted; --tls.ca says whom to trust"
        ) from None
    except known.TooManyRedirects:
        raise PeerRefused("the archive points to another address; give that as --url") from None
    except (known.ConnectionError, known.Timeout, known.ChunkedEncodingError) as error:
        raise PeerUnavailable(f"the connection failed: {type(error).__name__}") from None
    except _BrokenOff:
        raise PeerUnavailable("the connection failed: the answer has no end") from None
    except _TooMuch:
        raise UnexpectedAnswer("the answer is larger than any that is read") from None
    except (
        known.RequestException,
        BytesLengthException,
        InvalidDicomError,
        *HOSTILE,
    ) as error:
        raise UnexpectedAnswer(
            f"the answer is not what DICOMweb says it should be: {type(error).__name__}"
        ) from None


def _of_status(status: int) -> Exception:
    if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PeerUnavailable(f"the archive answered {status}")
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return ObjectNotFound(f"the archive answered {status}")
    return PeerRefused(f"the archive answered {status}")


def listed(
    archive: WebArchive,
    search: Callable[..., list[dict[str, Any]]],
    *,
    key: str,
    **query: Any,  # noqa: ANN401
) -> dict[str, Mapping[str, Any]]:
    """Return everything that a search finds, page by page, by the UID that tells results apart.

    Args:
        archive: The service.
        search: One of the client's searches.
        key: Tag of that UID, eight digits.
        query: What is asked of it.

    Raises:
        TransferError: If the service does not answer as it should.
    """
    found: dict[str, Mapping[str, Any]] = {}
    offset = 0
    while len(found) < _MOST:
        archive.meter.reset(LARGEST_LIST)
        with asking():
            page = search(limit=_PAGE, offset=offset, **query)
            new = {text_of(item, key): item for item in page}
        new.pop("", None)
        # A service that knows no offset gives the first page for ever.
        if not new.keys() - found.keys():
            return found
        found |= new
        offset += len(page)
    raise UnexpectedAnswer(f"the list has no end after {_MOST} results")


def text_of(item: Mapping[str, Any], tag: str) -> str:
    """Return the first value of an attribute in DICOM JSON, empty where it has none."""
    values = item.get(tag, {}).get("Value") or [""]
    return str(values[0] if values[0] is not None else "").strip()

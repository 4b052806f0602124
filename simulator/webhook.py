"""A webhook, and what a client may ask of one (contract 7.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
import re
from typing import Any

from yarl import URL

from .documents import Document
from .errors import BadRequestError

EVENTS = frozenset(
    {
        "*",
        "user:charge-action:updated",
        "user:vendor-action:updated",
        "user:schedule:execution-updated",
        "user:vehicle:smart-charging-status-updated",
        "user:inverter:statistics-updated",
        "user:credentials:invalidated",
        "enode:webhook:test",
        *(
            f"user:{asset}:{change}"
            for asset in ("vehicle", "charger", "hvac", "inverter", "battery", "meter")
            for change in ("discovered", "updated", "deleted")
        ),
    }
)

_URL_LENGTH = range(8, 201)
_SECRET_LENGTH = range(6, 257)
_HEADER_NAME = re.compile(r"[a-z0-9-_]{1,128}")
_HEADER_VALUE_LENGTH = 256
_VERSIONS = (None, "2024-10-01")


@dataclass(frozen=True, slots=True)
class Authentication:
    """A header that every delivery carries."""

    name: str
    value: str = field(repr=False)


@dataclass(kw_only=True, slots=True, eq=False)
class Webhook:
    """A webhook and where its deliveries stand."""

    id: str
    client_id: str
    url: str
    secret: str = field(repr=False)
    created_at: datetime
    last_success: datetime
    events: tuple[str, ...] = ("*",)
    api_version: str | None = None
    authentication: Authentication | None = None
    is_active: bool = True

    pending: list[Document] = field(default_factory=list)
    attempts: int = 0
    due: datetime | None = None
    failing_since: datetime | None = None

    def wants(self, event: str) -> bool:
        """Return whether it is subscribed to an event; heartbeats come to all."""
        return "*" in self.events or event in self.events or event == "system:heartbeat"

    def reactivate(self) -> None:
        """Deliver again, and at once."""
        self.is_active = True
        self.attempts = 0
        self.failing_since = None
        self.due = None


def loopback_url(url: str) -> URL | None:
    """Return where to deliver, None for any address that is not this machine.

    The name localhost is taken as 127.0.0.1 without asking a resolver.
    """
    parsed = URL(url)
    if parsed.host == "localhost":
        return parsed.with_host("127.0.0.1")
    try:
        return parsed if ip_address(parsed.host or "").is_loopback else None
    except ValueError:
        return None


def validate(body: Mapping[str, Any], *, partial: bool) -> dict[str, Any]:
    """Return the Webhook fields that a POST (or, `partial`, a PATCH) body sets.

    Raises:
        BadRequestError: with one issue for every member that is wrong.
    """
    issues: list[dict[str, object]] = []
    fields: dict[str, Any] = {}
    for name, (attribute, read) in _MEMBERS.items():
        if name not in body:
            if name in {"url", "secret"} and not partial:
                issues.append({"path": [name], "message": "Required"})
            continue
        try:
            fields[attribute] = read(body[name])
        except ValueError as error:
            issues.append({"path": [name], "message": str(error)})
    if issues:
        raise BadRequestError("Body validation failed", issues=issues)
    return fields


def _url(value: object) -> str:
    if not isinstance(value, str) or len(value) not in _URL_LENGTH:
        raise ValueError("Expected a URL of 8 to 200 characters")
    try:
        parsed = URL(value)
    except ValueError:
        raise ValueError("Expected a URL") from None
    if not parsed.host:
        raise ValueError("Expected a URL")
    if parsed.scheme != "https" and not (parsed.scheme == "http" and loopback_url(value)):
        raise ValueError("Expected an https URL")
    return value


def _secret(value: object) -> str:
    if not isinstance(value, str) or len(value) not in _SECRET_LENGTH:
        raise ValueError("Expected a secret of 6 to 256 characters")
    return value


def _events(value: object) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(event in EVENTS for event in value):
        raise ValueError("Expected an array of known events")
    return tuple(value)


def _version(value: object) -> str | None:
    if value is not None and value not in _VERSIONS:
        raise ValueError("Expected null or 2024-10-01")
    return None if value is None else str(value)


def _authentication(value: object) -> Authentication | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise ValueError("Expected an object or null")  # noqa: TRY004 - an issue of the body, as all the others here
    name, text = value.get("headerName"), value.get("headerValue")
    if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
        raise ValueError("headerName must match ^[a-z0-9-_]+$ and have at most 128 characters")
    if not isinstance(text, str) or len(text) > _HEADER_VALUE_LENGTH:
        raise ValueError("headerValue must be a string of at most 256 characters")
    return Authentication(name, text)


_MEMBERS = {
    "url": ("url", _url),
    "secret": ("secret", _secret),
    "events": ("events", _events),
    "apiVersion": ("api_version", _version),
    "authentication": ("authentication", _authentication),
}

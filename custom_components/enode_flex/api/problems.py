"""How a refusal of Enode becomes an error, without anything personal or secret in it (contract, 2.2 and 2.5)."""

from collections.abc import Collection, Mapping
import re
from typing import Any, Final

from .errors import (
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    EnodeError,
    ForbiddenError,
    InvalidRequestError,
    MalformedAnswerError,
    NotFoundError,
    RateLimitedError,
    ServerError,
)
from .exchange import Answer

REDACTED: Final = "**REDACTED**"

#: Longest text that is taken from an answer.
MAX_TEXT: Final = 500
MAX_ISSUES: Final = 20

#: A known secret shorter than this is not looked for: it would tear ordinary words apart.
_MIN_SECRET: Final = 4

_PERSONAL: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:bearer|basic)\s+[\w\-.~+/=]{16,}",
        r"\beyJ[\w-]+(?:\.[\w-]+)+",
        r"""\b(?:client_?secret|secret|password|(?:access_?)?token|vin)["']?\s*[:=]\s*\S+""",
        r"\b(?=[A-Z0-9]*\d)[A-HJ-NPR-Z0-9]{17}\b",
        r"""\b(?:lat|lon|lng|latitude|longitude)["']?\s*[:= ]\s*-?\d+(?:\.\d+)?""",
        r"-?\b\d{1,3}\.\d+\s*[,;/ ]\s*-?\d{1,3}\.\d+\b",
        r"-?\b\d{1,3}\.\d{4,}\b",
        r"[\w.+-]+@[\w-]+\.[\w.-]+",
        r"\bhttps?://\S*[?#@]\S*",
    )
)

_BY_STATUS: Final[Mapping[int, type[EnodeError]]] = {
    401: AuthenticationError,
    403: ForbiddenError,
    404: NotFoundError,
    408: ConnectionFailedError,
    409: ConflictError,
    410: NotFoundError,
}

_TOKEN_BY_STATUS: Final[Mapping[int, type[EnodeError]]] = {
    400: AuthenticationError,
    401: AuthenticationError,
    403: AuthenticationError,
    408: ConnectionFailedError,
}


def scrub(text: str, secrets: Collection[str] = ()) -> str:
    """Return text of Enode on one line, cut, and without the given secrets or what looks like a personal datum."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _MIN_SECRET:
            text = text.replace(secret, REDACTED)
    for pattern in _PERSONAL:
        text = pattern.sub(REDACTED, text)
    return " ".join(text.split())[:MAX_TEXT]


def error_of(answer: Answer, *, endpoint: str, secrets: Collection[str] = ()) -> EnodeError:
    """Return the error for an answer of the API that is no success."""
    document = _problem(answer)
    title, detail = _text(document, "title", secrets), _text(document, "detail", secrets)
    status = answer.status
    if kind := _BY_STATUS.get(status):
        return kind(title=title, detail=detail, status=status, endpoint=endpoint)
    if transient := _transient(answer, title, detail, endpoint):
        return transient
    if 400 <= status < 500:  # noqa: PLR2004  # the range is its own name
        issues = _issues(document.get("issues"), secrets)
        return InvalidRequestError(title=title, detail=detail, status=status, endpoint=endpoint, issues=issues)
    return MalformedAnswerError(title=title, detail=detail or "Unexpected status", status=status, endpoint=endpoint)


def token_error_of(answer: Answer, *, endpoint: str, secrets: Collection[str] = ()) -> EnodeError:
    """Return the error for an answer of the token endpoint that is no success.

    400, 401 and 403 are about the credentials; 408, 429 and 5xx pass; all else does not come from a token endpoint.
    """
    document = _problem(answer)
    title = _text(document, "error", secrets) or _text(document, "title", secrets)
    detail = _text(document, "error_description", secrets) or _text(document, "detail", secrets)
    status = answer.status
    if kind := _TOKEN_BY_STATUS.get(status):
        return kind(title=title, detail=detail, status=status, endpoint=endpoint)
    if transient := _transient(answer, title, detail, endpoint):
        return transient
    return MalformedAnswerError(title=title, detail=detail or "Unexpected status", status=status, endpoint=endpoint)


def _transient(answer: Answer, title: str | None, detail: str | None, endpoint: str) -> EnodeError | None:
    if answer.status != 429 and answer.status < 500:  # noqa: PLR2004  # the numbers are their own names
        return None
    kind = RateLimitedError if answer.status == 429 else ServerError  # noqa: PLR2004  # as above
    return kind(title=title, detail=detail, status=answer.status, endpoint=endpoint, retry_after=answer.retry_after)


def _problem(answer: Answer) -> Mapping[str, Any]:
    """Return the problem document; some refusals have no body, or one that is not Enode's."""
    try:
        document = answer.document()
    except ValueError:
        return {}
    return document if isinstance(document, Mapping) else {}


def _text(document: Mapping[str, Any], key: str, secrets: Collection[str]) -> str | None:
    value = document.get(key)
    return (scrub(value, secrets) or None) if isinstance(value, str) else None


def _issues(issues: Any, secrets: Collection[str]) -> tuple[str, ...]:
    """Return issues as text. Their members are not specified (contract, 2.5): path and message where there are any."""
    if not isinstance(issues, list):
        return ()
    texts = (_issue(issue) for issue in issues[:MAX_ISSUES])
    return tuple(scrub(text, secrets) for text in texts if text)


def _issue(issue: Any) -> str:
    if not isinstance(issue, Mapping):
        return issue if isinstance(issue, str) else ""
    message = issue.get("message")
    if isinstance(message, str):
        path = issue.get("path")
        where = ".".join(map(str, path)) if isinstance(path, list) else path if isinstance(path, str) else ""
        return f"{where}: {message}" if where else message
    return ", ".join(f"{key}: {value}" for key, value in issue.items() if isinstance(value, (str, int, float)))

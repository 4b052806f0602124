"""Problem documents: how Enode says no (contract 2.5)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from aiohttp import web

from .documents import Document
from .errors import PROBLEMS, WorldError

CONTENT_TYPE = "application/problem+json"

# Names of the type URI where the status alone decides; the contract knows the first three.
_TYPES = {
    400: "bad-request",
    403: "forbidden",
    404: "not-found",
    401: "unauthorized",
    409: "conflict",
    422: "unprocessable-entity",
    429: "too-many-requests",
    503: "vendor-temporarily-unavailable",
}


def problem(
    status: int,
    detail: str,
    *,
    title: str | None = None,
    type_uri: str | None = None,
    issues: Sequence[Mapping[str, object]] = (),
) -> Document:
    """Return a problem document; `title` and `type_uri` follow from the status unless given."""
    document: Document = {
        "type": PROBLEMS + _TYPES.get(status, "internal-server-error") if type_uri is None else type_uri,
        "title": _phrase(status) if title is None else title,
        "detail": detail,
    }
    if issues:
        document["issues"] = [dict(issue) for issue in issues]
    return document


def problem_response(
    status: int,
    detail: str,
    *,
    title: str | None = None,
    type_uri: str | None = None,
    issues: Sequence[Mapping[str, object]] = (),
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Return the answer that carries a problem document."""
    document = problem(status, detail, title=title, type_uri=type_uri, issues=issues)
    return web.json_response(document, status=status, content_type=CONTENT_TYPE, headers=headers)


def from_world_error(error: WorldError) -> web.Response:
    """Return the answer that tells a refusal of the world."""
    return problem_response(
        error.http_status,
        error.detail,
        title=error.problem_title,
        type_uri=error.type if error.http_status == error.status else None,
        issues=error.issues,
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"

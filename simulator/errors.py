"""What the world answers when it cannot do what it is asked (contract 2.5)."""

from collections.abc import Sequence
from typing import ClassVar

PROBLEMS = "https://developers.enode.com/api/problems/"


class WorldError(Exception):
    """A refusal, with everything that a problem document needs."""

    status: ClassVar[int] = 400
    type: ClassVar[str] = PROBLEMS + "bad-request"
    title: ClassVar[str] = "Bad Request"

    def __init__(
        self,
        detail: str,
        *,
        title: str | None = None,
        issues: Sequence[dict[str, object]] = (),
        status: int | None = None,
    ) -> None:
        """Say what is wrong; `issues` are Enode's validation entries {path, message}."""
        super().__init__(detail)
        self.detail = detail
        self.problem_title = self.title if title is None else title
        self.issues = tuple(issues)
        self.http_status = self.status if status is None else status


class BadRequestError(WorldError):
    """The request is malformed or asks for something impossible (400)."""


class ForbiddenError(WorldError):
    """The client may not do that (403)."""

    status = 403
    type = PROBLEMS + "forbidden"
    title = "Forbidden"


class NotFoundError(WorldError):
    """There is no such object (404)."""

    status = 404
    type = PROBLEMS + "not-found"
    title = "Not Found"


class ConflictError(WorldError):
    """The object is in a state that does not allow this (409)."""

    status = 409
    type = PROBLEMS + "conflict"
    title = "Conflict"


class UnprocessableError(WorldError):
    """Something else controls the vehicle (422)."""

    status = 422
    type = PROBLEMS + "unprocessable-entity"
    title = "Unprocessable Entity"

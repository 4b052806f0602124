"""What can go wrong between this client and Enode. No error carries a secret, a token, a VIN or a coordinate."""

from typing import override


class EnodeError(Exception):
    """Base of all errors of this client.

    Attributes:
        title: Enode's short name of the problem, scrubbed; None if it gave none.
        detail: Enode's explanation, scrubbed; or what this client has to say where no answer came.
        status: HTTP status of the answer; None if none came.
        endpoint: method and path template of the request, such as ``GET /vehicles/{vehicle_id}``: never an id.
    """

    def __init__(
        self,
        *,
        title: str | None = None,
        detail: str | None = None,
        status: int | None = None,
        endpoint: str | None = None,
    ) -> None:
        super().__init__()
        self.title = title
        self.detail = detail
        self.status = status
        self.endpoint = endpoint

    @override
    def __str__(self) -> str:
        where = " ".join(str(part) for part in (self.endpoint, self.status) if part is not None)
        what = [part for part in (self.title, self.detail) if part] or [type(self).__name__]
        return ": ".join([where, *what] if where else what)


class AuthenticationError(EnodeError):
    """The credentials are wrong (400, 401, 403 of the token endpoint), or even a renewed token is refused (401)."""


class ForbiddenError(EnodeError):
    """Enode knows the client but does not let it do this (403)."""


class NotFoundError(EnodeError):
    """There is no such thing, or the path is not there for this client (404, 410)."""


class ConflictError(EnodeError):
    """The thing is not in a state that allows this (409)."""


class InvalidRequestError(EnodeError):
    """Enode does not accept the request (400, 422 and the rest of 4xx).

    Attributes:
        issues: what exactly, as scrubbed text such as ``action: Invalid value``.
    """

    def __init__(
        self,
        *,
        title: str | None = None,
        detail: str | None = None,
        status: int | None = None,
        endpoint: str | None = None,
        issues: tuple[str, ...] = (),
    ) -> None:
        super().__init__(title=title, detail=detail, status=status, endpoint=endpoint)
        self.issues = issues

    @override
    def __str__(self) -> str:
        return f"{super().__str__()} ({'; '.join(self.issues)})" if self.issues else super().__str__()


class _TransientError(EnodeError):
    """An error that passes.

    Attributes:
        retry_after: seconds after which Enode wants to be asked again; None if it did not say.
    """

    def __init__(
        self,
        *,
        title: str | None = None,
        detail: str | None = None,
        status: int | None = None,
        endpoint: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(title=title, detail=detail, status=status, endpoint=endpoint)
        self.retry_after = retry_after


class RateLimitedError(_TransientError):
    """Too many requests (429); ``retry_after`` in seconds or None (contract, 2.6)."""


class ServerError(_TransientError):
    """Enode, or a vendor behind it, has trouble (5xx); ``retry_after`` in seconds or None."""


class ConnectionFailedError(EnodeError):
    """No answer came: time-out, cut connection, no such host, no valid address (or 408)."""


class MalformedAnswerError(EnodeError):
    """An answer came that is none of Enode's: HTML, broken JSON, a redirect, a wrong shape."""

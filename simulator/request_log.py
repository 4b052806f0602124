"""What the API was asked, for tests and for curious people."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .documents import Json

_KEPT = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class LoggedRequest:
    """One call. `status` is what was answered, None if the connection was cut; `body` is JSON, or the form."""

    at: datetime
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: Json = field(repr=False)
    status: int | None
    client_id: str | None


class RequestLog:
    """The newest calls of the API and of the token endpoint, oldest first; not those of the control interface."""

    def __init__(self) -> None:
        self._requests: deque[LoggedRequest] = deque(maxlen=_KEPT)

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(tuple(self._requests))

    def __len__(self) -> int:
        return len(self._requests)

    def __getitem__(self, index: int) -> LoggedRequest:
        return self._requests[index]

    def add(self, request: LoggedRequest) -> None:
        """Remember one more call."""
        self._requests.append(request)

    def clear(self) -> None:
        """Forget all."""
        self._requests.clear()

    def of(self, method: str | None = None, path: str | None = None) -> list[LoggedRequest]:
        """Return the calls of a method and an exact path; None = any."""
        return [
            request
            for request in self._requests
            if (method is None or request.method == method) and (path is None or request.path == path)
        ]

    def count(self, method: str | None = None, path: str | None = None) -> int:
        """Return how many calls there were of a method and an exact path; None = any."""
        return len(self.of(method, path))

"""Lists in pages behind opaque cursors, newest first (contract 2.4)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
import json

from .errors import BadRequestError

DEFAULT_PAGE_SIZE = 50

type Key = tuple[str, str]
"""When something was created, and its id: what orders a list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page[T]:
    """Items of one page and the cursors to its neighbours (None: there is none)."""

    items: list[T]
    after: str | None
    before: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PageRequest:
    """What the query asks for."""

    size: int = DEFAULT_PAGE_SIZE
    after: Key | None = None
    before: Key | None = None

    @classmethod
    def parse(cls, query: Mapping[str, str], *, size: int = DEFAULT_PAGE_SIZE) -> PageRequest:
        """Read pageSize (without one, `size` counts), after and before.

        Raises:
            BadRequestError: pageSize is no positive integer, a cursor was not made here, or both cursors are given.
        """
        if "after" in query and "before" in query:
            raise BadRequestError(
                "Query validation failed",
                issues=[{"path": ["before"], "message": "after and before exclude each other"}],
            )
        return cls(size=_size(query, size), after=_cursor(query, "after"), before=_cursor(query, "before"))


def paginate[T](items: Iterable[T], request: PageRequest, key: Callable[[T], tuple[datetime, str]]) -> Page[T]:
    """Return one page of the items, newest first.

    A cursor names the last item seen, not a number: what is added or removed meanwhile neither repeats nor hides
    another item.
    """
    keyed = sorted(((_key(*key(item)), item) for item in items), key=lambda pair: pair[0], reverse=True)
    if request.before is not None:
        newer = [pair for pair in keyed if pair[0] > request.before]
        chosen = newer[-request.size :]
    elif request.after is not None:
        chosen = [pair for pair in keyed if pair[0] < request.after][: request.size]
    else:
        chosen = keyed[: request.size]
    if not chosen:
        return Page(items=[], after=None, before=None)
    return Page(
        items=[item for _, item in chosen],
        after=_encode(chosen[-1][0]) if chosen[-1][0] != keyed[-1][0] else None,
        before=_encode(chosen[0][0]) if chosen[0][0] != keyed[0][0] else None,
    )


def _key(created_at: datetime, identity: str) -> Key:
    return f"{created_at:%Y-%m-%dT%H:%M:%S.%f}", identity


def _encode(key: Key) -> str:
    return urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def _cursor(query: Mapping[str, str], name: str) -> Key | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        created_at, identity = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except Base64Error, ValueError, TypeError:
        raise _invalid(name, "Invalid cursor") from None
    return str(created_at), str(identity)


def _size(query: Mapping[str, str], default: int) -> int:
    text = query.get("pageSize")
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise _invalid("pageSize", "Expected an integer greater than 0")
    return int(text)


def _invalid(name: str, message: str) -> BadRequestError:
    return BadRequestError("Query validation failed", issues=[{"path": [name], "message": message}])

"""Requests with a token, and the shapes in which Enode answers: problems, one object, pages (contract, 2)."""

import asyncio
from collections.abc import Callable, Collection, Mapping
import json
import logging
from typing import Any, Final

import aiohttp

from .auth import TokenKeeper
from .endpoints import API_VERSION, Endpoint
from .errors import MalformedAnswerError
from .exchange import Answer, exchange
from .models import Page
from .problems import error_of, scrub
from .reading import Document, read, to_text

_LOGGER = logging.getLogger(__name__)

_NO_IDS: Final[Mapping[str, str]] = {}

#: A collection longer than this many pages is cut: no household is that large, so something is wrong.
MAX_PAGES: Final = 200
#: A long page of sessions takes a small machine a good part of a second: others get a turn after so many objects.
TURN: Final = 10

#: Warnings about unreadable things are told once each, and no more than this many.
_MAX_WARNINGS: Final = 100


class Transport:
    """What the client asks with: knows tokens, errors and pages, but no single call."""

    def __init__(self, session: aiohttp.ClientSession, *, base_url: str, tokens: TokenKeeper, timeout: float) -> None:
        """Send requests below ``base_url``, each within ``timeout`` seconds."""
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._tokens = tokens
        self._timeout = timeout
        self._warned: set[tuple[str, str]] = set()

    async def call(
        self,
        endpoint: Endpoint,
        ids: Mapping[str, str] = _NO_IDS,
        *,
        query: Mapping[str, str | None] | None = None,
        body: Mapping[str, Any] | None = None,
        also: Collection[int] = (),
        secrets: Collection[str] = (),
    ) -> Answer:
        """Return the answer of a success, or of a status in ``also``. A refused token is renewed once.

        Members of the query that are None are left out; ``secrets`` are kept out of errors.

        Raises:
            EnodeError: every other answer, or none.
        """
        path = endpoint.path(ids)
        token = await self._tokens.token()
        answer = await self._send(endpoint, path, token, query, body)
        if answer.status == 401:  # noqa: PLR2004  # Unauthorized
            self._tokens.invalidate(token)
            token = await self._tokens.token()
            answer = await self._send(endpoint, path, token, query, body)
            if answer.status == 401:  # noqa: PLR2004  # as above
                self._tokens.invalidate(token)
        if answer.is_success or answer.status in also:
            return answer
        raise error_of(answer, endpoint=str(endpoint), secrets=(token, *self._tokens.secrets, *secrets))

    async def _send(
        self,
        endpoint: Endpoint,
        path: str,
        token: str,
        query: Mapping[str, str | None] | None,
        body: Mapping[str, Any] | None,
    ) -> Answer:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token}", "Enode-Version": API_VERSION}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return await exchange(
            self._session,
            endpoint.method,
            f"{self._base_url}{path}",
            endpoint=str(endpoint),
            headers=headers,
            query={key: value for key, value in (query or {}).items() if value is not None},
            body=None if body is None else json.dumps(body).encode(),
            timeout=self._timeout,
        )

    async def one[T: Document](
        self,
        model: type[T],
        endpoint: Endpoint,
        ids: Mapping[str, str] = _NO_IDS,
        *,
        query: Mapping[str, str | None] | None = None,
        body: Mapping[str, Any] | None = None,
        secrets: Collection[str] = (),
    ) -> T:
        """Return the object that a call answers with.

        Raises:
            EnodeError: as ``call``, or MalformedAnswerError if it answers with anything else.
        """
        return object_of(
            model, await self.call(endpoint, ids, query=query, body=body, secrets=secrets), endpoint=endpoint
        )

    async def all[T: Document](
        self,
        model: type[T],
        endpoint: Endpoint,
        ids: Mapping[str, str] = _NO_IDS,
        *,
        query: Mapping[str, str | None] | None = None,
        limit: int | None = None,
        until: Callable[[T], bool] | None = None,
    ) -> tuple[T, ...]:
        """Return the objects of a collection, read page after page.

        No further page is asked for once ``limit`` objects are there, once ``until`` holds for one of them, or once a
        cursor comes again. What is unreadable is skipped with a warning, and an id that comes twice counts once.

        Raises:
            EnodeError: as ``call``, or MalformedAnswerError if it answers with anything but a list.
        """
        found: list[T] = []
        ids_found: set[str] = set()
        cursors: set[str] = set()
        after: str | None = None
        for _ in range(MAX_PAGES):
            answer = await self.call(endpoint, ids, query={**(query or {}), "after": after})
            page = page_of(answer, endpoint=endpoint)
            is_enough = False
            for number, document in enumerate(page.items, start=1):
                if number % TURN == 0:
                    await asyncio.sleep(0)
                thing = self.read(model, document)
                if thing is None:
                    continue
                thing_id = getattr(thing, "id", None)
                if thing_id is not None and thing_id in ids_found:
                    continue
                if thing_id is not None:
                    ids_found.add(thing_id)
                found.append(thing)
                is_enough |= until is not None and until(thing)
            after = page.after
            if limit is not None and len(found) >= limit:
                return tuple(found[:limit])
            if is_enough or after is None or after in cursors:
                return tuple(found)
            cursors.add(after)
        self._warn_once((str(endpoint), ""), "Enode's list at %s does not end: stopped after %s pages", MAX_PAGES)
        return tuple(found)

    def read[T: Document](self, model: type[T], document: Any) -> T | None:
        """Return the object, or None with one warning if it cannot be read at all."""
        thing = read(model, document)
        if thing is None:
            told = document.get("id") if isinstance(document, Mapping) else None
            name = scrub(to_text(told) or type(told).__name__)
            self._warn_once((model.__name__, name), "Skipped an unreadable %s of Enode with the id %s", name)
        return thing

    def _warn_once(self, key: tuple[str, str], message: str, detail: Any) -> None:
        if key not in self._warned and len(self._warned) < _MAX_WARNINGS:
            self._warned.add(key)
            _LOGGER.warning(message, key[0], detail)


def document_of(answer: Answer, *, endpoint: Endpoint) -> Any:
    """Return the JSON of an answer, one level of ``data`` taken off an object that holds one (contract, 12).

    Raises:
        MalformedAnswerError: it is no JSON.
    """
    try:
        document = answer.document()
    except ValueError:
        detail = "HTML instead of JSON" if answer.body.lstrip().startswith(b"<") else "Broken JSON"
        raise MalformedAnswerError(detail=detail, status=answer.status, endpoint=str(endpoint)) from None
    if isinstance(document, Mapping) and isinstance(document.get("data", ()), Mapping | None):
        return document["data"]
    return document


def object_of[T: Document](model: type[T], answer: Answer, *, endpoint: Endpoint) -> T:
    """Return the object of an answer.

    Raises:
        MalformedAnswerError: there is none in it.
    """
    thing = read(model, document_of(answer, endpoint=endpoint))
    if thing is None:
        raise MalformedAnswerError(detail=f"No {model.__name__}", status=answer.status, endpoint=str(endpoint))
    return thing


def page_of(answer: Answer, *, endpoint: Endpoint) -> Page:
    """Return a page: ``data`` and ``pagination.after``, or a bare list as the only page (contract, 2.4 and 12).

    Raises:
        MalformedAnswerError: there is no list in it.
    """
    document = document_of(answer, endpoint=endpoint)
    pagination = None
    if isinstance(document, Mapping):
        pagination, document = document.get("pagination"), document.get("data")
    if not isinstance(document, list):
        raise MalformedAnswerError(detail="No list", status=answer.status, endpoint=str(endpoint))
    after = pagination.get("after") if isinstance(pagination, Mapping) else None
    return Page(items=tuple(document), after=to_text(after) or None)

"""One HTTP request and its answer: time-outs, broken connections and addresses become errors of this client."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
import json
import logging
import time
from typing import Any

import aiohttp
from yarl import URL

from .errors import ConnectionFailedError
from .reading import to_float

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. ``retry_after`` in seconds."""

    status: int
    body: bytes = b""
    retry_after: float | None = None

    @property
    def is_success(self) -> bool:
        """Whether the request was accepted."""
        return 200 <= self.status < 300  # noqa: PLR2004  # the range is its own name

    def document(self) -> Any:
        """Return the JSON of the body, None for an empty one.

        Raises:
            ValueError: the body is no JSON.
        """
        try:
            return json.loads(self.body) if self.body.strip() else None
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


async def exchange(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    endpoint: str,
    headers: Mapping[str, str],
    timeout: float,  # noqa: ASYNC109  # aiohttp keeps it
    query: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Send one request and read its answer whole, within ``timeout`` seconds. Redirects are not followed.

    Raises:
        ConnectionFailedError: no whole answer came. What aiohttp says of it may hold ids, so only its kind is kept.
    """
    started = time.monotonic()
    try:
        target = URL(url).update_query(query or {})
        async with session.request(
            method,
            target,
            headers=headers,
            data=body,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=timeout),
        ) as response:
            answer = Answer(
                status=response.status,
                body=await response.read(),
                retry_after=seconds_until(response.headers.get("Retry-After")),
            )
    except TimeoutError:
        detail = "Timed out"
    except ValueError:
        detail = "The address is not valid"
    except (aiohttp.ClientError, OSError) as error:
        detail = f"Connection failed ({type(error).__name__})"
    else:
        _LOGGER.debug("%s %s in %d ms", endpoint, answer.status, (time.monotonic() - started) * 1000)
        return answer
    _LOGGER.debug("%s %s after %d ms", endpoint, detail, (time.monotonic() - started) * 1000)
    raise ConnectionFailedError(detail=detail, endpoint=endpoint)


def seconds_until(retry_after: str | None) -> float | None:
    """Return what a Retry-After header says, in seconds from now and never negative; None if it says nothing.

    Both of its forms are read, seconds and date (contract, 2.6).
    """
    if retry_after is None:
        return None
    if (seconds := to_float(retry_after)) is not None:
        return max(0.0, seconds)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())

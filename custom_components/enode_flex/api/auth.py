"""The client's access token: OAuth client credentials, kept in memory (contract, 2.2)."""

import asyncio
import base64
from collections.abc import Callable
import time
from typing import Final

import aiohttp

from . import endpoints
from .errors import MalformedAnswerError
from .exchange import exchange
from .problems import token_error_of
from .reading import to_float

#: A token is renewed this long before it ends, in seconds.
RENEW_EARLY: Final = 60.0

#: ... but a short-lived one no earlier than in the last fifth of its life, or it would be renewed at every request.
_EARLIEST_SHARE: Final = 0.2

#: Life of a token that does not tell its own, in seconds: what Enode documents.
DEFAULT_LIFE: Final = 3599.0


class TokenKeeper:
    """Keeps one token, renews it in time, and never twice at once."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        token_url: str,
        client_id: str,
        client_secret: str,
        timeout: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask ``token_url`` within ``timeout`` seconds; ``clock`` counts seconds."""
        self._session = session
        self._token_url = token_url
        self._client_secret = client_secret
        self._basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self._timeout = timeout
        self._clock = clock
        self._token: str | None = None
        self._good_until = 0.0
        self._renewal: asyncio.Task[str] | None = None
        self._waiting = 0

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not appear in any text."""
        return (self._client_secret, self._basic, *((self._token,) if self._token else ()))

    async def token(self) -> str:
        """Return a valid token, renewed if need be. Who comes during a renewal shares it.

        Raises:
            AuthenticationError: the credentials are refused.
            RateLimitedError, ServerError, ConnectionFailedError: the token endpoint cannot serve now.
            MalformedAnswerError: it does not answer as a token endpoint does.
        """
        if self._token is not None and self._clock() < self._good_until:
            return self._token
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(), name="enode token renewal")
        renewal = self._renewal
        self._waiting += 1
        try:
            # Shielded: one waiter that gives up must not take the renewal away from the others ...
            return await asyncio.shield(renewal)
        finally:
            self._waiting -= 1
            if not self._waiting and not renewal.done():
                # ... but nobody is left to wait for it.
                renewal.cancel()
                self._renewal = None

    def invalidate(self, token: str) -> None:
        """Forget a token that was refused, unless it has been replaced since."""
        if token == self._token:
            self._token = None

    async def _renew(self) -> str:
        asked_at = self._clock()
        endpoint = str(endpoints.TOKEN)
        answer = await exchange(
            self._session,
            endpoints.TOKEN.method,
            self._token_url,
            endpoint=endpoint,
            headers={
                "Accept": "application/json",
                "Authorization": f"Basic {self._basic}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            body=b"grant_type=client_credentials",
            timeout=self._timeout,
        )
        if not answer.is_success:
            raise token_error_of(answer, endpoint=endpoint, secrets=self.secrets)
        try:
            document = answer.document()
            token, life = document["access_token"], to_float(document.get("expires_in"))
        except LookupError, TypeError, ValueError, AttributeError:
            token, life = None, None
        # A token with a line break or the like would break the header it is sent in.
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise MalformedAnswerError(detail="No access token", status=answer.status, endpoint=endpoint)
        life = DEFAULT_LIFE if life is None else max(0.0, life)
        self._token = token
        self._good_until = asked_at + life - min(RENEW_EARLY, life * _EARLIEST_SHARE)
        return token

"""Clients, their secrets and tokens (contract 2.2)."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
import secrets
from typing import Literal
from urllib.parse import unquote_plus

from .clock import Clock
from .documents import Document

DEFAULT_CLIENT_ID = "demo-client"
DEFAULT_CLIENT_SECRET = "demo-secret"  # noqa: S105 - a made-up secret that opens nothing but this simulator
EXPIRES_IN = 3599

type FlexAccess = Literal["on", "403", "404"]
"""Whether a client may use /flex, or with which status it may not."""


@dataclass(kw_only=True, slots=True)
class Client:
    """A customer of Enode. Its data is its own: `users` are the ids that it sees, None = every user."""

    id: str = DEFAULT_CLIENT_ID
    secret: str = field(default=DEFAULT_CLIENT_SECRET, repr=False)
    flex: FlexAccess = "on"
    # Whether it may use classic smart charging; statistics are everybody's.
    classic: bool = True
    users: frozenset[str] | None = None

    def sees(self, user_id: str) -> bool:
        """Return whether a user is one of this client's."""
        return self.users is None or user_id in self.users


@dataclass(frozen=True, slots=True)
class _Token:
    client_id: str
    expires_at: datetime


class TokenError(Exception):
    """The token endpoint says no, in the words of OAuth."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(error)
        self.status = status
        self.document: Document = {"error": error, "error_description": description}


class Auth:
    """Issues tokens and knows whom they belong to. Tokens expire by the simulator's clock."""

    def __init__(self, clock: Clock, *, expires_in: int = EXPIRES_IN) -> None:
        """Start without a client; `expires_in` (seconds) may be changed at any time."""
        self._clock = clock
        self._tokens: dict[str, _Token] = {}
        self.expires_in = expires_in
        self.clients: dict[str, Client] = {}

    def add_client(self, client: Client) -> Client:
        """Add a client, or replace the one that has its id."""
        self.clients[client.id] = client
        return client

    def rotate_secret(self, client_id: str, secret: str | None = None) -> str:
        """Give a client a new secret and return it; the old one is dead at once, living tokens stay."""
        client = self.clients[client_id]
        client.secret = secrets.token_urlsafe(24) if secret is None else secret
        return client.secret

    def revoke_tokens(self, client_id: str | None = None) -> None:
        """Make all tokens (of one client) worthless at once."""
        self._tokens = {
            text: token
            for text, token in self._tokens.items()
            if client_id is not None and token.client_id != client_id
        }

    def grant(self, authorization: str | None, form: Mapping[str, str]) -> Document:
        """Answer the token endpoint: Basic credentials, or else those in the form.

        Raises:
            TokenError: 400 for another grant, 401 invalid_client for wrong credentials.
        """
        client = self._check(_basic(authorization) or (form.get("client_id", ""), form.get("client_secret", "")))
        grant_type = form.get("grant_type")
        if grant_type is None:
            raise TokenError(400, "invalid_request", "The form lacks grant_type")
        if grant_type != "client_credentials":
            raise TokenError(400, "unsupported_grant_type", "Only client_credentials is supported")
        text = f"sim.{secrets.token_urlsafe(32)}"
        self._tokens[text] = _Token(client.id, self._clock.now() + timedelta(seconds=self.expires_in))
        return {"access_token": text, "expires_in": self.expires_in, "scope": "", "token_type": "bearer"}

    def client_of(self, authorization: str | None) -> Client | None:
        """Return whose valid bearer token the header carries, None for anything else."""
        scheme, _, text = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = self._tokens.get(text.strip())
        if token is None or token.expires_at <= self._clock.now():
            return None
        return self.clients.get(token.client_id)

    def _check(self, credentials: tuple[str, str]) -> Client:
        client_id, secret = credentials
        client = self.clients.get(client_id)
        if client is None or not compare_digest(client.secret.encode(), secret.encode()):
            raise TokenError(401, "invalid_client", "Client authentication failed")
        return client


def _basic(authorization: str | None) -> tuple[str, str] | None:
    """Return the credentials of a Basic header; OAuth wants them form-encoded inside, many clients do not."""
    scheme, _, text = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = b64decode(text.strip(), validate=True).decode().partition(":")
    except Base64Error, UnicodeDecodeError:
        return "", ""
    if not colon:
        return "", ""
    if "%" in client_id or "%" in secret:
        return unquote_plus(client_id), unquote_plus(secret)
    return client_id, secret

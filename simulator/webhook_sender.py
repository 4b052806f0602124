"""Delivers events to webhooks (contract 7.3). It sends to this machine alone."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1
import hmac
import json
from uuid import uuid4

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, ThreadedResolver

from .clock import Clock
from .documents import Document
from .errors import BadRequestError, NotFoundError
from .webhook import Webhook, loopback_url

BATCH = 100
_READ = 2_000  # characters of a receiver's answer that are kept


@dataclass(kw_only=True, slots=True)
class SenderSettings:
    """How patient the sender is. Times other than the timeout pass by the simulator's clock."""

    timeout: float = 5.0  # seconds of real time
    gaps: tuple[timedelta, ...] = tuple(timedelta(seconds=gap) for gap in (5, 15, 45, 120, 300, 900, 3600))
    inactive_after: timedelta = timedelta(minutes=5)
    heartbeat: timedelta | None = None
    duplicates: bool = False  # every batch comes twice
    newest_first: bool = False  # the events of a batch come in the wrong order


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What came of one POST. `code` is None if there was no answer."""

    description: str
    code: int | None = None
    body: str = ""
    headers: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the receiver took it."""
        return self.code is not None and 200 <= self.code < 300  # noqa: PLR2004 - 2XX


def sign(secret: str, body: bytes) -> str:
    """Return the value of x-enode-signature."""
    return "sha1=" + hmac.new(secret.encode(), body, sha1).hexdigest()


class WebhookSender:
    """The webhooks of all clients, and what is still to be told to them."""

    def __init__(self, clock: Clock, *, version: str, settings: SenderSettings | None = None) -> None:
        """Start without webhooks; `version` is told in the events made here."""
        self._clock = clock
        self._version = version
        self.settings = settings or SenderSettings()
        self.webhooks: dict[str, Webhook] = {}
        self._session: ClientSession | None = None
        self._lock = asyncio.Lock()
        self._next_heartbeat: datetime | None = None
        self.on_event: Callable[[], None] = lambda: None

    # --- managing --------------------------------------------------------------------------------------------

    def create(self, client_id: str, fields: dict[str, object]) -> Webhook:
        """Add a webhook of validated fields.

        Raises:
            BadRequestError: the client has one with this URL.
        """
        now = self._clock.now()
        webhook = Webhook(id=str(uuid4()), client_id=client_id, created_at=now, last_success=now, **fields)  # type: ignore[arg-type] # validated
        self._refuse_double(webhook.client_id, webhook.url, None)
        self.webhooks[webhook.id] = webhook
        return webhook

    def update(self, webhook: Webhook, fields: dict[str, object]) -> None:
        """Change a webhook and make it active.

        Raises:
            BadRequestError: the client has another one with this URL.
        """
        if "url" in fields:
            self._refuse_double(webhook.client_id, str(fields["url"]), webhook.id)
        for name, value in fields.items():
            setattr(webhook, name, value)
        webhook.reactivate()
        self.on_event()

    def get(self, client_id: str, webhook_id: str) -> Webhook:
        """Return a client's webhook.

        Raises:
            NotFoundError: it has none of this id.
        """
        webhook = self.webhooks.get(webhook_id)
        if webhook is None or webhook.client_id != client_id:
            raise NotFoundError(f"Could not find webhook with ID {webhook_id}", title="Webhook does not exist")
        return webhook

    def delete(self, webhook: Webhook) -> None:
        """Forget a webhook and what was still to be told to it."""
        webhook.is_active = False
        webhook.pending.clear()
        del self.webhooks[webhook.id]

    # --- delivering ------------------------------------------------------------------------------------------

    def put(self, webhook: Webhook, event: Document) -> None:
        """Queue an event."""
        if webhook.is_active and webhook.wants(str(event["event"])):
            webhook.pending.append(event)
            self.on_event()

    async def pump(self) -> None:
        """Make every delivery that is due by the clock."""
        async with self._lock:
            self._beat()
            await asyncio.gather(*(self._drain(webhook) for webhook in tuple(self.webhooks.values())))

    async def test(self, webhook: Webhook) -> Delivery:
        """Deliver a test event now; a success makes the webhook active again."""
        delivery = await self._deliver(webhook, [self._own_event("enode:webhook:test")])
        if delivery.ok:
            webhook.last_success = self._clock.now()
            webhook.reactivate()
        return delivery

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _beat(self) -> None:
        if self.settings.heartbeat is None:
            self._next_heartbeat = None
            return
        now = self._clock.now()
        if self._next_heartbeat is None:
            self._next_heartbeat = now + self.settings.heartbeat
        if now < self._next_heartbeat:
            return
        self._next_heartbeat = now + self.settings.heartbeat
        for webhook in self.webhooks.values():
            beat = self._own_event("system:heartbeat")
            self.put(webhook, {**beat, "pendingEvents": len(webhook.pending)})

    def _own_event(self, name: str) -> Document:
        created_at = self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"event": name, "createdAt": created_at, "version": self._version}

    async def _drain(self, webhook: Webhook) -> None:
        while webhook.is_active and webhook.pending:
            now = self._clock.now()
            if webhook.due is not None and webhook.due > now:
                return
            batch = webhook.pending[:BATCH]
            if self.settings.newest_first:
                batch.reverse()
            delivery = await self._deliver(webhook, batch)
            if not delivery.ok:
                self._failed(webhook)
                return
            if self.settings.duplicates:
                await self._deliver(webhook, batch)
            del webhook.pending[: len(batch)]
            webhook.last_success = self._clock.now()
            webhook.attempts = 0
            webhook.due = webhook.failing_since = None

    def _failed(self, webhook: Webhook) -> None:
        now = self._clock.now()
        webhook.failing_since = webhook.failing_since or now
        gaps = self.settings.gaps
        webhook.due = now + gaps[min(webhook.attempts, len(gaps) - 1)]
        webhook.attempts += 1
        if now - webhook.failing_since >= self.settings.inactive_after:
            webhook.is_active = False
            webhook.pending.clear()

    async def _deliver(self, webhook: Webhook, events: list[Document]) -> Delivery:
        url = loopback_url(webhook.url)
        if url is None:
            return Delivery(description="The simulator delivers to this machine alone")
        body = json.dumps(events, separators=(",", ":")).encode()
        headers = {
            "content-type": "application/json",
            "x-enode-delivery": str(uuid4()),
            "x-enode-signature": sign(webhook.secret, body),
        }
        if webhook.authentication is not None:
            headers[webhook.authentication.name.lower()] = webhook.authentication.value
        try:
            async with self._client().post(
                url,
                data=body,
                headers=headers,
                allow_redirects=False,
                ssl=False,  # a receiver on this machine has no certificate that anybody would vouch for
                timeout=ClientTimeout(total=self.settings.timeout),
            ) as response:
                text = ""
                with suppress(UnicodeDecodeError):
                    text = (await response.read())[:_READ].decode()
                return Delivery(
                    description=f"The receiver answered {response.status}",
                    code=response.status,
                    body=text,
                    headers=tuple(f"{name}: {value}" for name, value in response.headers.items()),
                )
        except TimeoutError:
            return Delivery(description="The receiver did not answer in time")
        except ClientError, OSError:
            return Delivery(description="The receiver could not be reached")

    def _client(self) -> ClientSession:
        if self._session is None:
            # No name is ever resolved: the resolver is named only to keep aiohttp from starting another one's threads.
            connector = TCPConnector(force_close=True, resolver=ThreadedResolver())
            self._session = ClientSession(connector=connector, trust_env=False)
        return self._session

    def _refuse_double(self, client_id: str, url: str, but: str | None) -> None:
        for webhook in self.webhooks.values():
            if webhook.client_id == client_id and webhook.url == url and webhook.id != but:
                raise BadRequestError("A webhook with this URL already exists")

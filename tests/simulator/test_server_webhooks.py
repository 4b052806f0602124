import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from hashlib import sha1
import hmac
from itertools import pairwise
import json

from aiohttp import web
import pytest

from simulator.auth import Client
from simulator.server import Simulator
from simulator.webhook import loopback_url
from simulator.webhook_sender import SenderSettings, sign
from tests.simulator.caller import Caller
from tests.simulator.contract import EVENT, PROBLEM, WEBHOOK, WEBHOOK_TEST, page, violations

SECRET = "a-made-up-secret"


class Receiver:
    """Somebody who is told: keeps what came and answers with `status`, after `delay`."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.deliveries: list[tuple[dict[str, str], bytes]] = []
        self.release: asyncio.Event | None = None
        self.url = ""
        self.told = asyncio.Event()

    @property
    def events(self):
        return [event for _, body in self.deliveries for event in json.loads(body)]

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.deliveries.append((headers, await request.read()))
        self.told.set()
        if self.release is not None:
            await self.release.wait()
        return web.Response(status=self.status, headers=self.headers, text="thanks")


@pytest.fixture
async def receiver(socket_enabled) -> AsyncGenerator[Receiver]:
    found = Receiver()
    app = web.Application()
    app.router.add_post("/hook", found.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield found
    await runner.cleanup()


@pytest.fixture
async def hook(api, receiver):
    answer = await api("POST", "/webhooks", {"url": receiver.url, "secret": SECRET})
    assert answer.status == 200, answer.text
    return answer.json


async def test_a_webhook_is_made_read_changed_and_deleted(sim, api, hook, receiver):
    assert violations(WEBHOOK, hook) == []
    assert hook["events"] == ["*"]
    assert hook["lastSuccess"] == hook["createdAt"]
    path = f"/webhooks/{hook['id']}"
    assert await api.get(path) == hook
    assert violations(page(WEBHOOK), await api.get("/webhooks")) == []
    assert (await api.get("/webhooks"))["data"] == [hook]
    change = {
        "events": ["user:vehicle:updated"],
        "apiVersion": "2024-10-01",
        "authentication": {"headerName": "x-key", "headerValue": "value-of-key"},
    }
    changed = await api("PATCH", path, change)
    assert changed.status == 200
    assert violations(WEBHOOK, changed.json) == []
    assert changed.json["authentication"] == {"headerName": "x-key"}
    assert "value-of-key" not in changed.text
    assert SECRET not in changed.text
    assert (await api("PATCH", path, {"authentication": None})).json["authentication"] is None
    deleted = await api("DELETE", path)
    assert (deleted.status, deleted.text) == (204, "")
    answer = await api("GET", path)
    assert answer.status == 404
    assert answer.json["type"].endswith("/not-found")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["url", "secret"]),
        ({"url": "ftp://127.0.0.1/x"}, ["url"]),
        ({"url": "http://example.test/x"}, ["url"]),
        ({"url": "https://"}, ["url"]),
        ({"url": "https://x.test/" + "a" * 200}, ["url"]),
        ({"url": 5}, ["url"]),
        ({"secret": "short"}, ["secret"]),
        ({"secret": "x" * 257}, ["secret"]),
        ({"events": "*"}, ["events"]),
        ({"events": ["user:session:updated"]}, ["events"]),
        ({"apiVersion": "2023-01-01"}, ["apiVersion"]),
        ({"authentication": "x"}, ["authentication"]),
        ({"authentication": {"headerName": "X-Key", "headerValue": ""}}, ["authentication"]),
        ({"authentication": {"headerName": "x-key", "headerValue": "x" * 257}}, ["authentication"]),
    ],
)
async def test_nonsense_is_refused(api, receiver, body, wrong):
    good = {"url": receiver.url, "secret": SECRET} if body else {}
    answer = await api("POST", "/webhooks", {**good, **body})
    assert answer.status == 400
    assert violations(PROBLEM, answer.json) == []
    assert [issue["path"][0] for issue in answer.json["issues"]] == wrong
    assert (await api.get("/webhooks"))["data"] == []


async def test_one_webhook_an_address(api, hook, receiver):
    assert (await api("POST", "/webhooks", {"url": receiver.url, "secret": SECRET})).status == 400
    other = await api("POST", "/webhooks", {"url": receiver.url + "?2", "secret": SECRET})
    assert (await api("PATCH", f"/webhooks/{other.json['id']}", {"url": receiver.url})).status == 400
    assert (await api("PATCH", f"/webhooks/{other.json['id']}", {"url": receiver.url + "?2"})).status == 200


async def test_webhooks_belong_to_their_client(sim, api, hook):
    sim.auth.add_client(Client(id="second", secret="secret"))
    async with Caller(sim) as second:
        await second.log_in("second", "secret")
        assert (await second.get("/webhooks"))["data"] == []
        assert (await second("GET", f"/webhooks/{hook['id']}")).status == 404


def test_signature():
    # The check vector of contract 7.3.
    assert sign("example-secret", b'{"payload":"example"}') == "sha1=e417e6fc2e7f8a78c93a35a7b344d36ce179fc8d"


async def test_a_delivery(sim, api, hook, receiver, car):
    authentication = {"headerName": "x-key", "headerValue": "value"}
    await api("PATCH", f"/webhooks/{hook['id']}", {"authentication": authentication})
    sim.world.plug_in(car)
    sim.advance(timedelta(seconds=10))
    await sim.webhooks.pump()
    headers, body = receiver.deliveries[0]
    assert headers["x-enode-signature"] == "sha1=" + hmac.new(SECRET.encode(), body, sha1).hexdigest()
    assert headers["content-type"] == "application/json"
    assert headers["x-key"] == "value"
    assert len({headers["x-enode-delivery"] for headers, _ in receiver.deliveries}) == len(receiver.deliveries)
    assert [violation for event in receiver.events for violation in violations(EVENT, event)] == []
    updates = [event for event in receiver.events if event["event"] == "user:vehicle:updated"]
    assert updates[-1]["vehicle"]["id"] == car
    assert updates[-1]["user"] == {"id": "home"}
    assert "chargeState.isPluggedIn" in {field for event in updates for field in event["updatedFields"]}
    assert updates[-1]["vehicle"]["chargeState"]["isPluggedIn"] is True
    assert (await api.get(f"/webhooks/{hook['id']}"))["lastSuccess"] == "2026-11-23T16:00:10.000Z"


async def test_every_kind_of_event(sim, api, hook, receiver, car):
    sim.world.set_battery(car, 40)
    sim.world.plug_in(car, "road")
    sim.advance(timedelta(minutes=1))
    await api("POST", f"/vehicles/{car}/charging", {"action": "STOP"})
    sim.advance(timedelta(minutes=1))
    sim.world.relink(car)
    sim.world.invalidate_vendor("home", "VOLKSWAGEN")
    sim.webhooks.settings.heartbeat = timedelta(minutes=1)
    await sim.webhooks.pump()
    sim.advance(timedelta(minutes=1))
    await sim.webhooks.pump()
    assert [violation for event in receiver.events for violation in violations(EVENT, event)] == []
    assert {event["event"] for event in receiver.events} == {
        "user:vehicle:updated",
        "user:vendor-action:updated",
        "user:vehicle:deleted",
        "user:vehicle:discovered",
        "user:credentials:invalidated",
        "system:heartbeat",
    }
    (discovered,) = (event for event in receiver.events if event["event"] == "user:vehicle:discovered")
    assert discovered["vehicle"]["information"]["brand"] == "Volkswagen"
    assert discovered["vehicle"]["chargeState"]["batteryLevel"] is None


async def test_only_what_was_subscribed(sim, api, hook, receiver, car):
    await api("PATCH", f"/webhooks/{hook['id']}", {"events": ["user:credentials:invalidated"]})
    sim.world.plug_in(car)
    sim.world.invalidate_vendor("home", "VOLKSWAGEN")
    sim.advance(timedelta(seconds=10))
    await sim.webhooks.pump()
    assert [event["event"] for event in receiver.events] == ["user:credentials:invalidated"]


async def test_nothing_of_another_clients_user(sim, api, receiver, car):
    sim.client.users = frozenset({"neighbour"})
    await api("POST", "/webhooks", {"url": receiver.url, "secret": SECRET})
    sim.world.plug_in(car)
    sim.advance(timedelta(seconds=10))
    await sim.webhooks.pump()
    assert receiver.deliveries == []


async def test_nothing_without_a_change(sim, hook, receiver):
    sim.advance(timedelta(minutes=1))
    await sim.webhooks.pump()
    assert receiver.deliveries == []


async def test_an_event_is_delivered_by_itself(sim, hook, receiver, car):
    sim.world.invalidate_vendor("home", "VOLKSWAGEN")
    async with asyncio.timeout(5):
        await receiver.told.wait()
    assert receiver.events[0]["vendor"] == "VOLKSWAGEN"


async def test_batches_of_a_hundred(sim, hook, receiver):
    webhook = sim.webhooks.webhooks[hook["id"]]
    for _ in range(125):
        sim.world.invalidate_vendor("home", "VOLKSWAGEN")
        sim.world.invalidate_vendor("home", "VOLKSWAGEN", True)
    assert len(webhook.pending) == 125
    await sim.webhooks.pump()
    assert [len(json.loads(body)) for _, body in receiver.deliveries] == [100, 25]


async def test_duplicates_and_wrong_order(sim, hook, receiver, car):
    sim.webhooks.settings.duplicates = True
    sim.webhooks.settings.newest_first = True
    sim.world.invalidate_vendor("home", "HYUNDAI")
    sim.advance(timedelta(seconds=1))
    sim.world.invalidate_vendor("home", "VOLKSWAGEN")
    await sim.webhooks.pump()
    vendors = [event["vendor"] for event in receiver.events if "vendor" in event]
    assert vendors == ["VOLKSWAGEN", "HYUNDAI"] * 2


async def test_growing_gaps_then_inactive_then_active_again(sim, api, hook, receiver):
    receiver.status = 500
    path = f"/webhooks/{hook['id']}"
    sim.world.invalidate_vendor("home", "VOLKSWAGEN")
    attempts = []
    for _ in range(600):
        before = len(receiver.deliveries)
        await sim.webhooks.pump()
        if len(receiver.deliveries) > before:
            attempts.append(sim.clock.now())
        sim.advance(timedelta(seconds=1))
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(attempts)]
    assert gaps == [5, 15, 45, 120, 300]
    assert (await api.get(path))["isActive"] is False
    assert len({body for _, body in receiver.deliveries}) == 1

    sim.world.invalidate_vendor("home", "HYUNDAI")
    sim.advance(timedelta(hours=1))
    await sim.webhooks.pump()
    assert len(receiver.deliveries) == len(attempts)

    receiver.status = 204
    await api.log_in()
    answer = await api("POST", f"{path}/test")
    assert answer.json["status"] == "SUCCESS"
    assert (await api.get(path))["isActive"] is True
    assert receiver.events[-1]["event"] == "enode:webhook:test"
    sim.world.invalidate_vendor("home", "HYUNDAI", True)
    sim.world.invalidate_vendor("home", "HYUNDAI")
    await sim.webhooks.pump()
    # What was pending when it became inactive is gone, what comes now arrives.
    assert [event.get("vendor") for event in receiver.events[len(attempts) :]] == [None, "HYUNDAI"]


async def test_a_patch_makes_it_active_again(sim, api, hook, receiver):
    sim.webhooks.settings.inactive_after = timedelta()
    receiver.status = 500
    sim.world.invalidate_vendor("home", "VOLKSWAGEN")
    await sim.webhooks.pump()
    path = f"/webhooks/{hook['id']}"
    assert (await api.get(path))["isActive"] is False
    assert (await api("PATCH", path, {})).json["isActive"] is True


async def test_a_recovered_receiver_gets_what_was_pending(sim, hook, receiver):
    receiver.status = 503
    sim.world.invalidate_vendor("home", "VOLKSWAGEN")
    await sim.webhooks.pump()
    receiver.status = 200
    sim.world.invalidate_vendor("home", "HYUNDAI")
    await sim.webhooks.pump()
    assert len(receiver.deliveries) == 1
    sim.advance(timedelta(seconds=5))
    await sim.webhooks.pump()
    assert [event["vendor"] for event in receiver.events[1:] if "vendor" in event] == ["VOLKSWAGEN", "HYUNDAI"]


async def test_a_slow_receiver_has_failed(socket_enabled, receiver):
    async with Simulator(webhooks=SenderSettings(timeout=0.05)) as sim, Caller(sim) as api:
        hook = await api("POST", "/webhooks", {"url": receiver.url, "secret": SECRET})
        receiver.release = asyncio.Event()
        answer = await api("POST", f"/webhooks/{hook.json['id']}/test")
        receiver.release.set()
        assert violations(WEBHOOK_TEST, answer.json) == []
        assert (answer.json["status"], answer.json["response"]) == ("FAILURE", None)


async def test_the_background_survives_a_stumble(sim, hook, receiver, caplog, monkeypatch):
    stumbled = asyncio.Event()

    def stumble() -> None:
        stumbled.set()
        raise RuntimeError("out of cheese")

    with monkeypatch.context() as patch:
        patch.setattr(sim.world, "run", stumble)
        sim.webhooks.on_event()
        async with asyncio.timeout(5):
            await stumbled.wait()
            await asyncio.sleep(0)
    assert "The simulated world stumbled" in caplog.text
    sim.world.invalidate_vendor("home", "VOLKSWAGEN")
    async with asyncio.timeout(5):
        await receiver.told.wait()


def test_five_seconds_is_enodes_patience():
    assert SenderSettings().timeout == 5


async def test_test_tells_what_the_receiver_said(api, hook, receiver):
    receiver.headers = {"X-Said": "something"}
    receiver.status = 418
    answer = await api("POST", f"/webhooks/{hook['id']}/test")
    assert answer.status == 200
    assert violations(WEBHOOK_TEST, answer.json) == []
    assert answer.json["status"] == "FAILURE"
    assert (answer.json["response"]["code"], answer.json["response"]["body"]) == (418, "thanks")
    assert "X-Said: something" in answer.json["response"]["headers"]


@pytest.mark.parametrize(
    "url", ["https://example.com/hook", "https://192.0.2.1/hook", "https://0x7f000001.example/", "https://10.0.0.1/"]
)
async def test_nothing_is_sent_to_another_machine(sim, api, url, monkeypatch):
    monkeypatch.setattr(sim.webhooks, "_client", lambda: pytest.fail("a connection was opened"))
    hook = await api("POST", "/webhooks", {"url": url, "secret": SECRET})
    assert hook.status == 200
    answer = await api("POST", f"/webhooks/{hook.json['id']}/test")
    assert (answer.json["status"], answer.json["response"]) == ("FAILURE", None)
    assert "this machine" in answer.json["description"]


async def test_no_redirect_leads_away(api, hook, receiver):
    receiver.status = 307
    receiver.headers = {"Location": "http://192.0.2.1/"}
    answer = await api("POST", f"/webhooks/{hook['id']}/test")
    assert (answer.json["status"], answer.json["response"]["code"]) == ("FAILURE", 307)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://localhost:81/x", "127.0.0.1"),
        ("https://127.0.0.9/x", "127.0.0.9"),
        ("http://[::1]:5/x", "::1"),
        ("http://localhost.example/x", None),
        ("http://128.0.0.1/x", None),
    ],
)
def test_loopback(url, host):
    found = loopback_url(url)
    assert (None if found is None else found.host) == host

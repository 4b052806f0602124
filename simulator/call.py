"""One authorised call of the API: what it asks for, and how it is answered."""

from collections.abc import Callable, Iterable
from datetime import datetime
import json

from aiohttp import web

from .auth import Client
from .casing import snake_keys
from .context import CLIENT, CONTEXT, Context
from .documents import Document, Json
from .errors import BadRequestError, NotFoundError
from .model import Location, Policy, Session, User, Vehicle
from .paging import PageRequest, paginate
from .paths import FLEX


class Call:
    """A request together with what all handlers share. It finds only what belongs to the client."""

    def __init__(self, request: web.Request) -> None:
        """Wrap an authorised request."""
        self.request = request
        self.context: Context = request.app[CONTEXT]
        self.client: Client = request[CLIENT]

    # --- asking ----------------------------------------------------------------------------------------------

    def part(self, name: str) -> str:
        """Return a variable part of the path."""
        return self.request.match_info[name]

    async def body(self) -> Document:
        """Return the JSON object of the body.

        Raises:
            BadRequestError: the body is no JSON object.
        """
        return await read_object(self.request)

    # --- finding ---------------------------------------------------------------------------------------------

    def user(self, user_id: str) -> User:
        """Return a user, or raise NotFoundError in Enode's words (contract 2.5)."""
        user = self.context.world.users.get(user_id)
        if user is None or not self.client.sees(user_id):
            raise NotFoundError(f"Could not find user with ID {user_id}", title="User does not exist")
        return user

    def vehicle(self, vehicle_id: str) -> Vehicle:
        """Return a vehicle, or raise NotFoundError."""
        vehicle = self.context.world.vehicles.get(vehicle_id)
        if vehicle is None or not self.client.sees(vehicle.user_id):
            raise NotFoundError(f"Could not find vehicle with ID {vehicle_id}", title="Vehicle does not exist")
        return vehicle

    def location(self, location_id: str) -> Location:
        """Return a location, or raise NotFoundError."""
        location = self.context.world.locations.get(location_id)
        if location is None or not self.client.sees(location.user_id):
            raise NotFoundError(f"Could not find location with ID {location_id}", title="Location does not exist")
        return location

    def policy(self, policy_id: str) -> Policy:
        """Return a policy, or raise NotFoundError."""
        policy = self.context.world.policies.get(policy_id)
        if policy is None or not self.owns(policy.vehicle_id):
            raise NotFoundError(f"Could not find vehicle policy with ID {policy_id}", title="Policy does not exist")
        return policy

    def session(self, session_id: str) -> Session:
        """Return a session, or raise NotFoundError."""
        session = self.context.world.sessions.get(session_id)
        if session is None or not self.owns(session.vehicle_id):
            raise NotFoundError(f"Could not find session with ID {session_id}", title="Session does not exist")
        return session

    def owns(self, vehicle_id: str) -> bool:
        """Return whether there is such a vehicle and the client sees it."""
        vehicle = self.context.world.vehicles.get(vehicle_id)
        return vehicle is not None and self.client.sees(vehicle.user_id)

    # --- answering -------------------------------------------------------------------------------------------

    def single(self, document: Json) -> web.Response:
        """Answer with one object."""
        if self._is_open and self.context.switches.single == "data":
            document = {"data": document}
        return self.answer(document)

    def page[T](
        self, items: Iterable[T], key: Callable[[T], tuple[datetime, str]], write: Callable[[T], Document]
    ) -> web.Response:
        """Answer with a page of the items, newest first."""
        request = PageRequest.parse(self.request.query, size=self.context.switches.page_size)
        shape = self.context.switches.lists if self._is_open else "paged"
        if shape == "paged":
            page = paginate(items, request, key)
            return self.answer(
                {
                    "data": [write(item) for item in page.items],
                    "pagination": {"after": page.after, "before": page.before},
                }
            )
        documents = [write(item) for item in sorted(items, key=key, reverse=True)]
        return self.answer(documents if shape == "bare" else {"data": documents})

    def answer(self, document: Json) -> web.Response:
        """Answer with a document as it is, apart from its keys' case."""
        if self._is_open and self.context.switches.keys == "snake_case":
            document = snake_keys(document)
        return web.json_response(document)

    @property
    def _is_open(self) -> bool:
        """Whether the contract leaves the wording of this answer open."""
        return self.context.switches.everywhere or self.request.path.startswith(FLEX)


async def read_object(request: web.Request) -> Document:
    """Return the JSON object of a body.

    Raises:
        BadRequestError: the body is no JSON object.
    """
    try:
        body = json.loads(await request.text())
    except ValueError, LookupError:  # no JSON, not in its charset, or in one that does not exist
        raise BadRequestError("Body is not valid JSON") from None
    if not isinstance(body, dict):
        raise BadRequestError("Body validation failed", issues=[{"path": [], "message": "Expected an object"}])
    return body

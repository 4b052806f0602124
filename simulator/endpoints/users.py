"""Users (contract 6)."""

from aiohttp import web

from ..call import Call


async def list_users(request: web.Request) -> web.Response:
    """GET /users."""
    call = Call(request)
    users = [user for user in call.context.world.users.values() if call.client.sees(user.id)]
    return call.page(users, lambda user: (user.created_at, user.id), call.context.wire.user)


async def get_user(request: web.Request) -> web.Response:
    """GET /users/{userId}."""
    call = Call(request)
    return call.single(call.context.wire.user_details(call.user(call.part("userId"))))


ROUTES = (web.get("/users", list_users), web.get("/users/{userId}", get_user))

"""Link sessions (contract 6). The addresses lead nowhere."""

from collections.abc import Callable
import secrets

from aiohttp import web
from yarl import URL

from ..call import Call
from ..documents import Document
from ..errors import BadRequestError, ForbiddenError

_LANGUAGES = frozenset(
    [
        "browser",
        "en-US",
        "en-GB",
        "de-DE",
        "fr-FR",
        "nl-NL",
        "nl-BE",
        "nb-NO",
        "sv-SE",
        "da-DK",
        "fi-FI",
        "es-ES",
        "it-IT",
        "pt-PT",
        "pl-PL",
        "ro-RO",
        "ja-JP",
        "lv-LV",
        "lt-LT",
    ]
)
_COLOR_SCHEMES = frozenset({"system", "light", "dark"})
_VENDOR_TYPES = frozenset({"vehicle", "charger", "hvac", "inverter", "battery", "meter"})
_LONGEST_REDIRECT = 500


async def post_link(request: web.Request) -> web.Response:
    """POST /users/{userId}/link; the user exists from then on."""
    call = Call(request)
    user_id = call.part("userId")
    body = await call.body()
    _validate(body, _RELINK | _LINK)
    client = call.client
    if not client.sees(user_id):
        if user_id in call.context.world.users:
            raise ForbiddenError("The user belongs to another client")
        client.users = (client.users or frozenset()) | {user_id}
    call.context.world.add_user(user_id)
    return _session(call)


async def post_relink(request: web.Request) -> web.Response:
    """POST /assets/{assetId}/relink; 400 when there is nothing to link again."""
    call = Call(request)
    body = await call.body()
    _validate(body, _RELINK)
    asset_id = call.part("assetId")
    if not call.owns(asset_id):
        raise BadRequestError(f"Could not find asset with ID {asset_id}")
    return _session(call)


def _session(call: Call) -> web.Response:
    token = secrets.token_urlsafe(24)
    return call.single({"linkUrl": f"https://link.simulator.invalid/{token}", "linkToken": token})


def _validate(body: Document, rules: dict[str, tuple[bool, Callable[[object], bool], str]]) -> None:
    issues: list[dict[str, object]] = []
    for name, (required, fits, message) in rules.items():
        if name not in body:
            if required:
                issues.append({"path": [name], "message": "Required"})
        elif not fits(body[name]):
            issues.append({"path": [name], "message": message})
    if issues:
        raise BadRequestError("Body validation failed", issues=issues)


def _is_redirect(value: object) -> bool:
    if not isinstance(value, str) or len(value) > _LONGEST_REDIRECT:
        return False
    try:
        return bool(URL(value).scheme)
    except ValueError:
        return False


def _are_scopes(value: object) -> bool:
    return isinstance(value, list) and bool(value) and any(str(scope).endswith(":read:data") for scope in value)


_RELINK: dict[str, tuple[bool, Callable[[object], bool], str]] = {
    "language": (True, lambda value: value in _LANGUAGES, "Unknown language"),
    "redirectUri": (True, _is_redirect, "Expected a URI of at most 500 characters"),
    "colorScheme": (False, lambda value: value in _COLOR_SCHEMES, "Expected system, light or dark"),
}
_LINK: dict[str, tuple[bool, Callable[[object], bool], str]] = {
    "scopes": (True, _are_scopes, "Expected scopes, <asset>:read:data among them"),
    "vendorType": (False, lambda value: value in _VENDOR_TYPES, "Unknown vendor type"),
}

ROUTES = (web.post("/users/{userId}/link", post_link), web.post("/assets/{assetId}/relink", post_relink))

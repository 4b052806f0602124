"""The one place where an error of the Enode client becomes an error of Home Assistant, with a sentence for the user."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TypedDict

from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError, ServiceValidationError
from homeassistant.helpers.update_coordinator import UpdateFailed

from .api.errors import (
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    EnodeError,
    ForbiddenError,
    InvalidRequestError,
    MalformedAnswerError,
    NotFoundError,
    RateLimitedError,
    ServerError,
)
from .const import DOMAIN
from .sources import CommandRefusedError, Refusal

#: First that fits wins. The key stands under ``exceptions`` in the translations.
TRANSLATION_KEYS: tuple[tuple[type[EnodeError], str], ...] = (
    (AuthenticationError, "authentication_failed"),
    (ForbiddenError, "forbidden"),
    (NotFoundError, "not_found"),
    (ConflictError, "conflict"),
    (InvalidRequestError, "invalid_request"),
    (RateLimitedError, "rate_limited"),
    (ServerError, "server_error"),
    (MalformedAnswerError, "malformed_answer"),
    (ConnectionFailedError, "cannot_connect"),
)


class Translation(TypedDict):
    """The keywords with which every error of Home Assistant takes a translated sentence."""

    translation_domain: str
    translation_key: str
    translation_placeholders: dict[str, str]


def translation_key(error: EnodeError) -> str:
    """Key of the sentence that tells this error; also the key of the config flow's errors."""
    return next((key for kind, key in TRANSLATION_KEYS if isinstance(error, kind)), "cannot_connect")


def words_of(error: EnodeError) -> str:
    """Enode's own words for an error: title, detail, and what exactly it found wrong; empty if it gave none."""
    words = (error.title, error.detail, *(error.issues if isinstance(error, InvalidRequestError) else ()))
    return ": ".join(dict.fromkeys(word for word in words if word))


def translation_of(error: EnodeError) -> Translation:
    """The sentence for an error, with Enode's own words where it gave some."""
    return Translation(
        translation_domain=DOMAIN,
        translation_key=translation_key(error),
        translation_placeholders={"reason": words_of(error) or str(error.status or "-")},
    )


def translation_of_refusal(refusal: Refusal) -> Translation:
    """The sentence for a command that cannot work."""
    return Translation(
        translation_domain=DOMAIN,
        translation_key=refusal.reason.value,
        translation_placeholders={"detail": refusal.detail or "-"},
    )


def update_failed(error: EnodeError) -> ConfigEntryAuthFailed | UpdateFailed:
    """What a coordinator raises for an error; Enode's Retry-After (seconds) is passed on."""
    if isinstance(error, AuthenticationError):
        return ConfigEntryAuthFailed(**translation_of(error))
    return UpdateFailed(**translation_of(error), retry_after=getattr(error, "retry_after", None))


@contextmanager
def translated_errors() -> Generator[None]:
    """Let actions and buttons raise what a person can read: a mistake of his, or a failure of Enode's.

    Raises:
        ServiceValidationError: the command cannot work.
        HomeAssistantError: Enode refused or could not be reached.
    """
    try:
        yield
    except CommandRefusedError as error:
        raise ServiceValidationError(**translation_of_refusal(error.refusal)) from error
    except EnodeError as error:
        raise HomeAssistantError(**translation_of(error)) from error

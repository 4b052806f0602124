"""Every error of the client has a sentence, and keeps what Home Assistant needs of it."""

import json
from pathlib import Path

from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError, ServiceValidationError
from homeassistant.helpers.update_coordinator import UpdateFailed
import pytest

from custom_components.enode_flex.api import errors
from custom_components.enode_flex.exceptions import translated_errors, translation_key, update_failed
from custom_components.enode_flex.sources import CommandRefusedError, Refusal, RefusalReason

ENGLISH = json.loads(
    (Path(__file__).parents[1] / "custom_components/enode_flex/translations/en.json").read_text(encoding="utf-8")
)
KINDS = [
    errors.AuthenticationError,
    errors.ForbiddenError,
    errors.NotFoundError,
    errors.ConflictError,
    errors.InvalidRequestError,
    errors.RateLimitedError,
    errors.ServerError,
    errors.MalformedAnswerError,
    errors.ConnectionFailedError,
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_a_sentence_of_its_own(kind: type[errors.EnodeError]) -> None:
    key = translation_key(kind(title="Title", detail="Detail", endpoint="/x"))
    assert key in ENGLISH["exceptions"]
    assert key in ENGLISH["config"]["error"]
    assert len({translation_key(other(endpoint="/x")) for other in KINDS}) == len(KINDS)


@pytest.mark.parametrize("reason", RefusalReason)
def test_every_refusal_has_a_sentence(reason: RefusalReason) -> None:
    assert reason.value in ENGLISH["exceptions"]
    with pytest.raises(ServiceValidationError) as raised, translated_errors():
        raise CommandRefusedError(Refusal(reason=reason, detail="startCharging"))
    assert raised.value.translation_key == reason.value


def test_retry_after_is_passed_on() -> None:
    failed = update_failed(errors.RateLimitedError(endpoint="/x", retry_after=90))
    assert isinstance(failed, UpdateFailed)
    assert failed.retry_after == 90


def test_lost_credentials_are_told_apart() -> None:
    assert isinstance(update_failed(errors.AuthenticationError(endpoint="/x")), ConfigEntryAuthFailed)


def test_enodes_words_are_passed_on() -> None:
    with pytest.raises(HomeAssistantError) as raised, translated_errors():
        raise errors.ConflictError(title="Conflict", detail="The session is settled", endpoint="/x", status=409)
    assert raised.value.translation_placeholders == {"reason": "Conflict: The session is settled"}

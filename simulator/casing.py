"""snake_case keys for the switch of contract 11.13."""

from functools import lru_cache
import re

from .documents import Json

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake_keys(document: Json) -> Json:
    """Return the document with snake_case keys at every depth."""
    if isinstance(document, dict):
        return {_snake(key): snake_keys(value) for key, value in document.items()}
    if isinstance(document, list):
        return [snake_keys(item) for item in document]
    return document


@lru_cache(maxsize=1024)
def _snake(key: str) -> str:
    return _HUMP.sub("_", key).lower()

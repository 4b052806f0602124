"""How moments are written (contract 4)."""

from datetime import UTC, datetime


def timestamp(moment: datetime, *, milliseconds: bool, naive: bool = False) -> str:
    """Return a moment as ISO 8601 in UTC; `naive` leaves the Z away."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds" if milliseconds else "seconds")
    return text if naive else f"{text}Z"

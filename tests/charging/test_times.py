"""Times at the ends of the calendar."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.enode_flex.charging.times import FIRST, LAST, shifted
from tests.charging.samples import at


@pytest.mark.parametrize(
    ("time", "by", "expected"),
    [
        (at("23T16:00"), timedelta(minutes=-1), at("23T15:59")),
        (FIRST, timedelta(minutes=-1), FIRST),
        (LAST, timedelta(minutes=1), LAST),
        (datetime(1, 1, 1, 1, tzinfo=UTC), timedelta(hours=-2), FIRST),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), timedelta(hours=2), LAST),
    ],
)
def test_nothing_lies_beyond(time: datetime, by: timedelta, expected: datetime):
    assert shifted(time, by) == expected

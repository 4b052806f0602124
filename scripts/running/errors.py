"""What ends a demo."""


class DemoError(Exception):
    """The demo cannot go on; the text says what to do."""

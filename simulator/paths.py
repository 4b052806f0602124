"""Paths that several files must agree on."""

TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path
CONTROL = "/simulator"
FLEX = "/flex"

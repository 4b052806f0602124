"""The commands of the project; see docs/development.md."""

"""Enode's API: a client and the dataclasses it answers with."""

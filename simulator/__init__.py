"""A faithful local Enode: the tests' other end and the demo's engine."""

"""A running demo: a simulated Enode and a real Home Assistant, for scripts/demo and for the tests in a browser."""

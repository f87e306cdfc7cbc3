"""Arbitrage of a call: what a scenario gives to each line, what is left on each AE, and its adoption into a rapport."""

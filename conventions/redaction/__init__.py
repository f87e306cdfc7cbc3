"""Completing a project of act by hand: its parties, its instalments, its shares, what an avenant changes."""

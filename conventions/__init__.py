"""Conventions and avenants: models owned by officers, acts generated from the lines, their signature and their life."""

"""The register of structures: 360° view, pièces, duplicates and merges, what a structure owes us."""

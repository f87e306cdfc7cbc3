"""Pages of the séances and rapports."""

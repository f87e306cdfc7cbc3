"""Pages of calls, dossiers, lines and structures."""

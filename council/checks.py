"""Start-up checks: production refuses what only a demonstration may have (security 6)."""

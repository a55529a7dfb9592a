"""Secret votes on the delegates' tablets (docs/decisions/0012-secret-ballots.md)."""

"""Jobs of the outbox that belong to sessions."""

"""The demonstration council: a fictional province, so that no real person is given a vote."""

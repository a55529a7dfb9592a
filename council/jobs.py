"""Handlers of the ground floor's jobs, and the discovery of every app's `jobs.py`."""

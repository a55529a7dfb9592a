"""Desks of the office and of the agencies; the citizen's pages stand in voters/public.py."""

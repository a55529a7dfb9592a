"""Addresses of the office's desk: building a session."""

urlpatterns: list = []

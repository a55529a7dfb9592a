"""Addresses of the citizen's pages of sessions."""

urlpatterns: list = []

"""Addresses of the running sitting."""

urlpatterns: list = []

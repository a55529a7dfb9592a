"""Addresses of this room; public pages first."""

app_name = "voters"
urlpatterns: list = []

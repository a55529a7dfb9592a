"""Addresses of this room; public pages first."""

app_name = "sessions"
urlpatterns: list = []

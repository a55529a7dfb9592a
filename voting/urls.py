"""Addresses of this room; public pages first."""

app_name = "voting"
urlpatterns: list = []

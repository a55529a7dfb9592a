"""Addresses of this room; public pages first."""

app_name = "documents"
urlpatterns: list = []

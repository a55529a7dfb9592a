"""Sockets of the session's room."""

websocket_urlpatterns: list = []

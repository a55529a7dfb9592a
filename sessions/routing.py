"""Sockets of the session's room: /ws/hop/<sitting id>/<audience>."""

from django.urls import path

from sessions.consumers import room

websocket_urlpatterns = [
    path("ws/hop/<uuid:sitting>/<str:audience>", room),
]

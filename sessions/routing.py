"""Sockets of the session's room: /ws/hop/<sitting id>/<audience>."""

from django.urls import path

from sessions.consumers import RoomConsumer

websocket_urlpatterns = [
    path("ws/hop/<uuid:sitting>/<str:audience>", RoomConsumer.as_asgi()),
]

"""Addresses of this room's part of the API."""

from django.urls import path

from sessions import api

_one = "sessions/<uuid:session_id>"

urlpatterns = [
    path("sessions", api.Sessions.as_view(), name="api-sessions"),
    path("sessions/import", api.Import.as_view(), name="api-import-session"),
    path(_one, api.OneSession.as_view(), name="api-session"),
    path(f"{_one}/agenda", api.Agenda.as_view(), name="api-agenda"),
    path(f"{_one}/papers", api.Papers.as_view(), name="api-papers"),
    path(f"{_one}/papers/<uuid:paper_id>/file", api.PaperFile.as_view(), name="api-paper-file"),
    path(f"{_one}/notice", api.NoticeOfSession.as_view(), name="api-notice"),
]

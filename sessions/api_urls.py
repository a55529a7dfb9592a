"""Addresses of this room's part of the API."""

from django.urls import path

from sessions import api
from sessions.handin import api as handin

_one = "sessions/<uuid:session_id>"

urlpatterns = [
    path("sessions", api.Sessions.as_view(), name="api-sessions"),
    path("sessions/import", api.Import.as_view(), name="api-import-session"),
    path(_one, api.OneSession.as_view(), name="api-session"),
    path(f"{_one}/agenda", api.Agenda.as_view(), name="api-agenda"),
    path(f"{_one}/papers", api.Papers.as_view(), name="api-papers"),
    path(f"{_one}/papers/<uuid:paper_id>/file", api.PaperFile.as_view(), name="api-paper-file"),
    path(f"{_one}/requests", handin.Requests.as_view(), name="api-paper-requests"),
    path(f"{_one}/requests/<uuid:request_id>/accept", handin.Accept.as_view(), name="api-accept-hand-in"),
    path(f"{_one}/requests/<uuid:request_id>/send-back", handin.AskBack.as_view(), name="api-ask-back"),
    path("hand-ins", handin.OwnHandIns.as_view(), name="api-hand-ins"),
    path("hand-ins/<uuid:request_id>/file", handin.Bring.as_view(), name="api-bring"),
    path(f"{_one}/notice", api.NoticeOfSession.as_view(), name="api-notice"),
]

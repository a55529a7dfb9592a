"""Addresses of this room's part of the API."""

from django.urls import path

from documents import api

_paper = "documents/<uuid:document_id>"
_resolution = "resolutions/<uuid:resolution_id>"

urlpatterns = [
    path("documents", api.Documents.as_view(), name="api-documents"),
    path(_paper, api.OneDocument.as_view(), name="api-document"),
    path(f"{_paper}/versions", api.Versions.as_view(), name="api-document-versions"),
    path(f"{_paper}/visibility", api.Visibility.as_view(), name="api-document-visibility"),
    path(f"{_paper}/withdrawal", api.Withdrawal.as_view(), name="api-document-withdrawal"),
    path(f"{_paper}/progress", api.Progress.as_view(), name="api-document-progress"),
    path("search", api.Search.as_view(), name="api-search"),
    path("resolutions", api.Resolutions.as_view(), name="api-resolutions"),
    path(_resolution, api.OneResolution.as_view(), name="api-resolution"),
    path(f"{_resolution}/number", api.Number.as_view(), name="api-resolution-number"),
    path(f"{_resolution}/publication", api.Publication.as_view(), name="api-resolution-publication"),
]

"""Addresses of the API; each app adds its own list."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from voting.api import api_urls as voting_urls
from voting.opinions.api import api_urls as opinion_urls

urlpatterns = [
    path("schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("", include("documents.api_urls")),
    path("", include("sessions.api_urls")),
    path("", include("voters.api_urls")),
    *voting_urls,
    *opinion_urls,
]

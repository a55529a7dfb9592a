"""Addresses of the API; each app adds its own list."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

urlpatterns = [
    path("schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("", include("voters.api_urls")),
]

"""Addresses of the ground floor: start page, accounts, cards, settings, operations."""

from django.urls import path

from council.views import start

app_name = "council"
urlpatterns = [
    path("bat-dau", start.start, name="start"),
]

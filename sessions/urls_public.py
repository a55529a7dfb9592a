"""Addresses of the citizen's pages of sessions."""

from django.urls import path

from sessions import views_public

urlpatterns = [
    path("ky-hop", views_public.session_list, name="public_sessions"),
    path("ky-hop/<slug:slug>", views_public.session, name="public_session"),
]

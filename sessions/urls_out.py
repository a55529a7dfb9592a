"""Addresses of taking a session out."""

from django.urls import path

from sessions.out import views

_one = "hop/<uuid:council_session>"

urlpatterns = [
    path(f"{_one}/mang-ra", views.take_out, name="take_out"),
    path(f"{_one}/mang-ra/ghep", views.ask_for_pdf, name="ask_for_pdf"),
    path(f"{_one}/mang-ra/<uuid:export>.pdf", views.pdf, name="session_pdf"),
    path(f"{_one}/mang-ra/tai-lieu.zip", views.whole_zip, name="session_zip"),
]

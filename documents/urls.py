"""Addresses of this room; public pages first."""

from django.urls import path

from documents import reading

app_name = "documents"
urlpatterns = [
    path("tai-lieu/<uuid:public_id>", reading.read, name="read"),
    path("tai-lieu/<uuid:public_id>/da-doc", reading.progress, name="progress"),
    path("tai-lieu/<uuid:public_id>/<int:number>/ban-goc.pdf", reading.send_bytes, name="bytes"),
]

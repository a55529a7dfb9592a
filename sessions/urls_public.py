"""Addresses of the citizen's pages of sessions."""

from django.urls import path

from sessions import views_guests, views_public, views_record

urlpatterns = [
    path("khach", views_guests.guest, name="guest"),
    path("khach/roi", views_guests.leave, name="guest_leave"),
    path("khach/<str:secret>", views_guests.enter, name="guest_enter"),
    path("ky-hop", views_public.session_list, name="public_sessions"),
    path("ky-hop/<slug:slug>", views_public.session, name="public_session"),
    path("ky-hop/<slug:slug>/so-ghi.json", views_record.export, name="public_record"),
    path("ky-hop/<slug:slug>/so-ghi/chuoi.json", views_record.links, name="record_links"),
    path("ky-hop/<slug:slug>/so-ghi/ma.svg", views_record.qr, name="record_qr"),
    path("ky-hop/<slug:slug>/kiem-tra", views_record.check, name="check_record"),
]

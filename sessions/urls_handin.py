"""Addresses of the collecting of papers: the agency's or board's place, the office's overview."""

from django.urls import path

from sessions.handin import office, views

_own = "co-quan/tai-lieu"
_office = "van-phong/ky-hop/<uuid:pk>/thu"
_one = f"{_office}/<uuid:request_pk>"

urlpatterns = [
    path(_own, views.hand_ins, name="hand_ins"),
    path(f"{_own}/<uuid:request_pk>", views.one, name="hand_in"),
    path(f"{_own}/<uuid:request_pk>/nop", views.bring, name="bring"),
    path(_office, office.collect, name="collect"),
    path(f"{_office}/de-nghi", office.ask, name="ask_for_papers"),
    path(_one, office.one, name="request"),
    path(f"{_one}/nhan/<uuid:hand_in_pk>", office.accept, name="accept_hand_in"),
    path(f"{_one}/nop-lai", office.ask_back, name="ask_back"),
    path(f"{_one}/han", office.set_day, name="set_due_day"),
    path(f"{_one}/thoi", office.withdraw, name="withdraw_request"),
    path(f"{_one}/nhac", office.remind, name="remind_of_request"),
]

"""Addresses of this room: the ballot, one's own recorded vote, the named result."""

from django.urls import path

from voting import views

app_name = "voting"
urlpatterns = [
    path("bo-phieu/<uuid:public_id>", views.cast, name="cast"),
    path("bo-phieu/<uuid:public_id>/cua-toi", views.mine, name="mine"),
    path("bieu-quyet/<uuid:public_id>/ten", views.named, name="named"),
]

"""Addresses of the ground floor: start page, accounts, cards, settings, operations."""

from django.urls import path

from council.views import appearance, start

app_name = "council"
urlpatterns = [
    path("bat-dau", start.start, name="start"),
    path("co-chu", appearance.text_size, name="text_size"),
    path("huong-dan/giao-dien", appearance.ui_guide, name="ui_guide"),
]

"""Addresses of this room: the citizen's pages, the office's desk, the collecting of papers, the running sitting."""

from sessions import urls_handin, urls_office, urls_public, urls_room

app_name = "sessions"
urlpatterns = [
    *urls_public.urlpatterns,
    *urls_office.urlpatterns,
    *urls_handin.urlpatterns,
    *urls_room.urlpatterns,
]

"""Addresses of this room: the citizen's pages, the office's desk, the collecting of papers, taking a session
out, the running sitting."""

from sessions import urls_handin, urls_office, urls_out, urls_public, urls_room

app_name = "sessions"
urlpatterns = [
    *urls_public.urlpatterns,
    *urls_office.urlpatterns,
    *urls_handin.urlpatterns,
    *urls_out.urlpatterns,
    *urls_room.urlpatterns,
]

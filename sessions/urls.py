"""Addresses of this room: the citizen's pages, the office's desk, the running sitting."""

from sessions import urls_office, urls_public, urls_room

app_name = "sessions"
urlpatterns = [*urls_public.urlpatterns, *urls_office.urlpatterns, *urls_room.urlpatterns]

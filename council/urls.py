"""Every address of the house. Each app keeps its own; public pages need no account."""

from django.urls import include, path

from council import health, home

urlpatterns = [
    path("", home.home, name="home"),
    path("tim", home.search, name="search"),
    path("dai-bieu", home.delegates, name="public_delegates"),
    path("healthz", health.healthz, name="healthz"),
    path("", include("council.addresses")),
    path("tai-khoan/", include("council.accounts.addresses")),
    path("", include("sessions.urls")),
    path("", include("documents.urls")),
    path("", include("voting.urls")),
    path("", include("voters.urls")),
    path("api/v1/", include("council.api_urls")),
]
handler400 = "council.views.errors.bad_request"
handler403 = "council.views.errors.forbidden"
handler404 = "council.views.errors.not_found"
handler500 = "council.views.errors.broken"

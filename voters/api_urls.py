"""Addresses of this room's part of the API."""

from django.urls import path

from voters import api

_one = "office/petitions/<uuid:petition_id>"
_mine = "agency/petitions/<uuid:petition_id>"

urlpatterns = [
    path("petitions", api.PublicPetitions.as_view(), name="api-petitions"),
    path("petitions/<slug:code>", api.PublicPetition.as_view(), name="api-petition"),
    path("office/petitions", api.OfficePetitions.as_view(), name="api-office-petitions"),
    path(_one, api.OfficePetition.as_view(), name="api-office-petition"),
    path(f"{_one}/refer", api.Refer.as_view(), name="api-refer"),
    path(f"{_one}/withdraw", api.Withdraw.as_view(), name="api-withdraw"),
    path(f"{_one}/reopen", api.Reopen.as_view(), name="api-reopen"),
    path(f"{_one}/publish", api.Publish.as_view(), name="api-publish"),
    path(f"{_one}/hide", api.Hide.as_view(), name="api-hide"),
    path(f"{_one}/replies/<uuid:reply_id>/accept", api.Accept.as_view(), name="api-accept-reply"),
    path(f"{_one}/replies/<uuid:reply_id>/send-back", api.SendBack.as_view(), name="api-send-back-reply"),
    path("agency/petitions", api.AgencyPetitions.as_view(), name="api-agency-petitions"),
    path(_mine, api.AgencyPetition.as_view(), name="api-agency-petition"),
    path(f"{_mine}/draft", api.AgencyDraft.as_view(), name="api-agency-draft"),
    path(f"{_mine}/send", api.AgencySend.as_view(), name="api-agency-send"),
    path(f"{_mine}/hand-back", api.AgencyHandBack.as_view(), name="api-agency-hand-back"),
]

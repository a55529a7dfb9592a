"""The page of a teller in a secret vote on tablets: make a one-time key before, publish it after the close."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from sessions.selectors_room import delegate_in, get_poll_in, get_sitting_for
from voting.selectors import sheet_facts
from voting.tellers import is_teller


@login_required
@require_GET
def teller_key(request, sitting, poll):
    """The teller's key on this very device: the server keeps its public half until the close (js/secret/teller.js)."""
    found = get_sitting_for(request.user, request.council, sitting)
    about = get_poll_in(found, poll)
    if about.secrecy != "tellers" or not is_teller(request.user, about):
        raise Http404
    context = {
        "sitting": found,
        "poll": about,
        "sheet": sheet_facts(about),
        "delegate": delegate_in(request.user, found),
    }
    return render(request, "sessions/room/teller_key.html", context)

"""The ballot as it comes in: by JSON from a tablet, by a plain form without JavaScript."""

import json
import uuid

from django import forms
from django.utils.translation import gettext as _

from council.errors import BadInput
from voting.rules import QUESTIONS_MOST

MAX_BYTES = 16 * 1024


class BallotForm(forms.Form):
    """One press of a button. Whether the choice is on the ballot is told by the ballot box."""

    choice = forms.CharField(max_length=200, strip=False)
    key = forms.UUIDField(required=False)  # a form without JavaScript may have none: then it gets one
    replaces = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    next = forms.CharField(required=False, max_length=300)

    def clean_key(self):
        return self.cleaned_data["key"] or uuid.uuid4()

    def clean_replaces(self):
        return self.cleaned_data["replaces"] or 0


def ballot_from_form(said) -> BallotForm:
    """A ballot from a page without JavaScript; of several questions the choices come as q1, q2, … of `asks`."""
    asks = said.get("asks", "")
    if not asks.isdigit() or not 1 < int(asks) <= QUESTIONS_MOST:
        return BallotForm(said)
    choice = ",".join(said.get(f"q{place}", "") for place in range(1, int(asks) + 1))
    return BallotForm({name: said.get(name) for name in ("key", "replaces", "next")} | {"choice": choice})


def ballot_from_json(body: bytes) -> BallotForm:
    """A tablet's ballot: exactly choice, key and replaces. BadInput for anything else."""
    try:
        said = json.loads(body) if len(body) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not {"choice", "key"} <= set(said) <= {"choice", "key", "replaces"}:
        raise BadInput(_("Phiếu gửi lên không đúng mẫu."))
    if not all(isinstance(value, str | int) for value in said.values()):
        raise BadInput(_("Phiếu gửi lên không đúng mẫu."))
    if not said["key"]:
        raise BadInput(_("Phiếu gửi lên không đúng mẫu."))
    return BallotForm(said)

"""Petitions of a council, and the people who work on them."""

from datetime import date

import pytest

from tests import builders
from voters import services


@pytest.fixture
def second_agency(council):
    return builders.agency(council, "SNNMT", "Sở Nông nghiệp và Môi trường")


@pytest.fixture
def second_clerk(council, second_agency):
    return builders.person(council, "second-clerk", role="agency_clerk", agency=second_agency)


def record(council, by, **fields):
    """A petition of Châu Sơn about a road, unless told otherwise."""
    return services.record_petition(
        council=council,
        by=by,
        **{
            "place": "Xã Châu Sơn",
            "voters": "Cử tri xã Châu Sơn",
            "field": "roads",
            "text": "Đề nghị nâng cấp đường liên thôn đã xuống cấp. Mùa mưa xe không đi được.",
            "received_on": date(2026, 10, 23),
            **fields,
        },
    )


@pytest.fixture
def petition(council, office):
    return record(council, office)


@pytest.fixture
def referral(petition, agency, office):
    """The petition is with the clerk's agency since today."""
    return services.refer(petition=petition, agency=agency, by=office)


@pytest.fixture
def sent(referral, agency_clerk):
    """A reply that waits for the office."""
    return services.send_reply(
        referral=referral,
        by=agency_clerk,
        text="Đã sửa xong đường trong tháng 10.",
        outcome="resolved",
        number="12/SXD",
    )


@pytest.fixture
def accepted(sent, petition, office):
    return services.accept_reply(
        reply=sent,
        by=office,
        public_text="Đã sửa xong đường trong tháng 10.",
        petition_text="Đề nghị nâng cấp đường.",
    )


@pytest.fixture
def sign_in(client):
    def signed_in(user):
        client.force_login(user)
        return client

    return signed_in

"""The public record of a session: what anybody may take home and check (docs/record.md, verify/).

The entries are those of the session's chain (council/audit.py); an entry of a vote that is not public, or
of anything else in the house, shows only its two digests. Nothing is copied: there is no second log.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from council import audit, record_keys
from council.audit import canonical, sha256
from council.models import AuditChain, AuditEntry, Body, Delegate
from sessions.models import CouncilSession
from voting.models import Poll, RollEntry, Vote
from voting.published import is_on_record, openings
from voting.selectors import Answered, answers_in

log = logging.getLogger(__name__)
_built: OrderedDict[str, str] = OrderedDict()  # the last exports of this process, by their tag
_KEPT = 4
_signatures: dict[str, str] = {}  # of the heads that this process has signed


@dataclass(frozen=True)
class Head:
    """The end of a chain as it is shown, printed and remembered; the signature is the session's own."""

    chain: str
    seq: int
    hash: str
    signature: str
    key: str
    address: str = ""  # of the page that checks it, empty where the session is not public

    @property
    def short(self) -> str:
        """How a hash is shown and read aloud: "7F3A 19C4"."""
        return f"{self.hash[:4]} {self.hash[4:8]}".upper()

    @property
    def words(self) -> str:
        """What verify/verify.py takes as --head."""
        return f"{self.seq}.{self.hash}.{self.signature}"

    @property
    def url(self) -> str:
        """The address in the QR code; what stands behind the # never reaches the server."""
        return f"{settings.BASE_URL}{self.address}#dau={self.words}" if self.address else ""

    def as_json(self) -> dict:
        """For a tablet, which keeps number and hash only."""
        return {
            "chain": self.chain,
            "seq": self.seq,
            "hash": self.hash,
            "signature": self.signature,
            "key": self.key,
        }


def is_public_session(council_session: CouncilSession) -> bool:
    """Whether citizens may have the record: a convened session of the plenary."""
    return (
        council_session.body.kind == Body.Kind.PLENARY and council_session.state != CouncilSession.State.DRAFT
    )


def head_of(council_session: CouncilSession, *, seq: int | None = None) -> Head | None:
    """The signed head of a session's chain now, or as it was at an entry; None before there is a key.

    None too where the key was lost with SECRET_KEY: a hall goes on without showing its record.
    """
    chain = AuditChain.objects.filter(key=council_session.chain_key).exclude(public_key="").first()
    if chain is None:
        return None
    digest = chain.head
    if seq is not None:
        digest = chain.entries.values_list("hash", flat=True).get(seq=seq)
    try:
        return _signed(council_session, chain, chain.seq if seq is None else seq, digest)
    except record_keys.LostKey:
        log.error("the record cannot be signed: its key was sealed with another SECRET_KEY", extra={"chain": chain.key})
        return None


def head_at_result(council_session: CouncilSession, poll: Poll) -> Head | None:
    """The head at the entry that holds a poll's result, for the paper that is printed of it."""
    entry = (
        AuditEntry.objects.filter(
            chain__key=council_session.chain_key,
            event__in=["voting.count-confirmed", "voting.poll-closed"],
            target=f"voting.poll:{poll.public_id}",
        )
        .order_by("-seq")
        .first()
    )
    return head_of(council_session, seq=entry.seq) if entry else None


def _signed(council_session: CouncilSession, chain: AuditChain, seq: int, digest: str) -> Head:
    message = canonical({"format": "nghi-truong/head/1", "chain": chain.key, "seq": seq, "hash": digest})
    if message not in _signatures:  # every screen of a hall shows the same head
        if len(_signatures) > 500:
            _signatures.clear()
        _signatures[message] = record_keys.sign(chain, message.encode())
    signature = _signatures[message]
    address = ""
    if is_public_session(council_session):
        address = reverse("sessions:check_record", args=[council_session.slug])
    return Head(chain.key, seq, digest, signature, chain.public_key, address)


def links(council_session: CouncilSession, after: int) -> dict:
    """The way from an entry to the head, in digests alone: with it a tablet follows the chain from what it knew.

    `hash` is that of the entry itself, None where this history has no such entry.
    """
    entries = list(
        AuditEntry.objects.filter(chain__key=council_session.chain_key, seq__gte=after)
        .exclude(seed="")
        .order_by("seq")
    )
    known = entries.pop(0) if entries and entries[0].seq == after else None
    last = entries[-1] if entries else known
    chain = AuditChain.objects.get(key=council_session.chain_key)
    head = _signed(council_session, chain, last.seq, last.hash) if last else head_of(council_session)
    return {
        "after": after,
        "hash": known.hash if known else None,
        "links": [
            [sha256(audit.open_half(entry)), sha256(audit.sealed_half(entry))] for entry in entries if known
        ],
        "head": head.as_json(),
    }


@dataclass(frozen=True)
class OwnVote:
    """A delegate's vote that counted, with what opens it in the record."""

    poll: Poll
    answers: list[Answered]  # one for each question
    code: str  # what verify/verify.py takes as --mine
    is_public: bool  # whether the record tells of this poll yet


def own_votes(council_session: CouncilSession, delegate: Delegate) -> list[OwnVote]:
    """The own votes of a session, the newest first; nobody else's, none of a poll that is open or was cancelled."""
    votes = (
        Vote.objects.filter(poll__chain=council_session.chain_key, delegate=delegate)
        .filter(poll__state__in=[Poll.State.CLOSED, Poll.State.DECLARED])
        .select_related("poll__body")
        .order_by("-poll")
    )
    entries = RollEntry.objects.filter(delegate=delegate, poll__in=[vote.poll_id for vote in votes])
    lines = dict(entries.values_list("poll", "line"))
    return [
        OwnVote(
            poll=vote.poll,
            answers=answers_in(vote.poll, vote.choice),
            code=f"{vote.poll.public_id}.{lines[vote.poll_id]}.{vote.number}.{vote.choice}.{vote.salt}",
            is_public=is_on_record(vote.poll),
        )
        for vote in votes
    ]


def tag(council_session: CouncilSession) -> str:
    """What an export depends on, as an ETag: the head, and which polls are public now."""
    return sha256([_head_hash(council_session), sorted(_on_record(council_session)), council_session.title])


def export(council_session: CouncilSession) -> str:
    """The canonical JSON of the public record; the same record gives the same text for ever."""
    key = tag(council_session)
    if key not in _built:
        _built[key] = _build(council_session)
        while len(_built) > _KEPT:
            _built.popitem(last=False)
    return _built[key]


def _build(council_session: CouncilSession) -> str:
    chain = AuditChain.objects.get(key=council_session.chain_key)
    polls = _on_record(council_session)
    entries = list(chain.entries.exclude(seed="").order_by("seq"))
    last = entries[-1]
    head = _signed(council_session, chain, last.seq, last.hash)
    told = {
        "format": audit.FORMAT,
        "about": {
            "council": council_session.council.name,
            "session": council_session.title,
            "address": head.address,
        },
        "chain": chain.key,
        "previous": entries[0].previous,
        "entries": [_shown(entry, polls) for entry in entries],
        "polls": {name: openings(poll) for name, poll in polls.items()},
        "head": {"seq": last.seq, "hash": last.hash, "signature": head.signature},
    }
    message = canonical({"format": "nghi-truong/export/1", "digest": sha256(told)})
    return canonical(told | {"signature": record_keys.sign(chain, message.encode())})


def _shown(entry: AuditEntry, polls: dict[str, Poll]) -> dict:
    opened = audit.open_half(entry)
    return {
        "seq": entry.seq,
        "open": opened if _is_shown(entry, polls) else sha256(opened),
        "sealed": sha256(audit.sealed_half(entry)),
        "hash": entry.hash,
    }


def _is_shown(entry: AuditEntry, polls: dict[str, Poll]) -> bool:
    if entry.public is None:
        return False
    if "poll" in entry.public:
        return entry.public["poll"] in polls
    return entry.event == audit.BEGUN


def _on_record(council_session: CouncilSession) -> dict[str, Poll]:
    """The polls that the public record tells of, by name."""
    polls = Poll.objects.filter(chain=council_session.chain_key).select_related("body").order_by("pk")
    return {str(poll.public_id): poll for poll in polls if is_on_record(poll)}


def _head_hash(council_session: CouncilSession) -> str:
    return AuditChain.objects.values_list("head", flat=True).get(key=council_session.chain_key)

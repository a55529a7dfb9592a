"""What of a poll is published beside the record: the openings of its roll and of its votes (docs/record.md).

As far as the naming setting for the public, frozen at opening, allows: nothing, seats, or names.
"""

from council.audit import sha256
from council.models import AuditEntry
from voting.commitments import line_commitment, person_commitment, person_opening
from voting.models import Poll, RollEntry
from voting.permissions import is_public
from voting.secret.selectors import bodies
from voting.selectors import naming_for


def is_on_record(poll: Poll) -> bool:
    """Whether the public record tells of a poll: its result is public, or it was opened and then cancelled."""
    if poll.state == Poll.State.CANCELLED and poll.opened_at is not None:
        return is_public(poll, state=Poll.State.CANCELLED)
    return is_public(poll)


def openings(poll: Poll) -> dict:
    """The roll by line, the votes that counted, and who was there at the close, as far as these are public."""
    naming = naming_for(poll, "public") if poll.state == Poll.State.DECLARED else "totals"
    entries = list(poll.roll.order_by("line"))
    votes = _votes(poll, entries) if naming != "totals" and not poll.is_secret else []
    is_named = naming != "totals" and not poll.is_secret and (bool(votes) or not poll.is_counted)
    published = {
        "roll": [_line(poll, entry, naming) for entry in entries],
        "votes": votes,
        "presence": _presence(poll) if is_named else None,
    }
    if poll.is_sealed:  # the ballots of a cancelled vote are never published
        published["ballots"] = bodies(poll) if poll.state == Poll.State.DECLARED else []
    return published


def _line(poll: Poll, entry: RollEntry, naming: str):
    name = str(poll.public_id)
    if naming == "totals":
        return line_commitment(name, entry)
    who = person_commitment(name, entry)
    if naming == "names":
        who = person_opening(name, entry)
        del who["poll"]
    return {"seat": entry.seat, "salt": entry.salt, "who": who}


def _votes(poll: Poll, entries: list[RollEntry]) -> list[list]:
    lines = {entry.delegate_id: entry.line for entry in entries}
    return sorted([lines[v.delegate_id], v.number, v.choice, v.salt] for v in poll.votes.all())


def _presence(poll: Poll) -> dict:
    """As it was written at the close: the record's entry holds it sealed."""
    entry = AuditEntry.objects.get(
        chain__key=poll.chain, event="voting.poll-closed", target=f"voting.poll:{poll.public_id}"
    )
    assert sha256(entry.data["roll"]) == entry.public["presence"]
    return entry.data["roll"]

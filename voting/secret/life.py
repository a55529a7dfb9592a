"""The life of a secret vote's box beside its poll: prepared, frozen, closed, opened, emptied.

Called by the poll's own verbs (voting/services.py) inside their transaction and under the poll's lock; nothing
here asks who may. Locks: poll -> box -> audit head.
"""

import hashlib
import json
import secrets

from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit, outbox
from council.errors import BadInput, WrongState
from council.models import User
from voting.count_rules import CHOICES_ON_SHEET, LABELS_ON_SHEET, Sheets
from voting.models import Poll
from voting.outcomes import write_outcomes
from voting.secret import ballots, crypto, keys, modes
from voting.secret.models import (
    PublishedBallot,
    RecipientKey,
    SealedBallot,
    SecretBox,
)
from voting.tellers import tellers_of

Phase = SecretBox.Phase
JOB = "voting.empty_box"
TELLERS_NEEDED = 2


def prepare(poll: Poll, by: User) -> SecretBox:
    """Give a prepared vote its keys; the public ones go into the record. BadInput: the mode is not allowed."""
    if words := modes.why_not(poll.council, poll.secrecy):
        raise BadInput(words)
    made = keys.make_keys(poll)
    box = SecretBox.objects.create(poll=poll, issuer=made.issuer, box_key=made.box)
    issuer = hashlib.sha256(crypto.unb64u(made.issuer)).hexdigest()
    said = {"secrecy": poll.secrecy, "box": made.box, "issuer": issuer}
    record(by, "voting.box-prepared", poll, said, **said)
    return box


def missing_before_opening(poll: Poll) -> str:
    """What a secret vote on tablets still lacks before it can be opened, in words; the button asks the same."""
    if words := modes.why_not(poll.council, poll.secrecy):
        return words
    if poll.secrecy == modes.TELLERS and not _recipients(poll):
        return _(
            "Chưa đủ khóa mở phiếu: ba người kiểm phiếu tạo khóa trên máy của mình, hoặc tạo một mã niêm phong."
        )
    return ""


def freeze(poll: Poll, by: User) -> SecretBox:
    """Write the manifest as it holds from the opening on; its digest goes into the record and on every screen."""
    if words := missing_before_opening(poll):
        raise WrongState(words)
    box = _lock(poll)
    if poll.secrecy == modes.SERVER:
        RecipientKey.objects.create(
            poll=poll, slot=ballots.SERVER, name=_("Máy chủ"), key=keys.make_server_key(poll)
        )
        recipients = list(poll.recipient_keys.all())
    else:
        recipients = _recipients(poll)
        poll.recipient_keys.exclude(pk__in=[row.pk for row in recipients]).delete()
    nominees = list(poll.nominees.all())
    labels = LABELS_ON_SHEET[poll.kind]
    box.manifest = {
        "v": 1,
        "poll": str(poll.public_id),
        "question": poll.question,
        "kind": poll.kind,
        "sheet": {
            "choices": [{"key": key, "label": labels[key]} for key in CHOICES_ON_SHEET[poll.kind]],
            "nominees": [{"key": n.key, "name": n.name, "note": n.note} for n in nominees],
            "seats": poll.seats,
        },
        "rule": poll.rule,
        "roll_hash": poll.roll_hash,
        "mode": poll.secrecy,
        "issuer": {"n": box.issuer, "e": "AQAB"},
        "box": box.box_key,
        "recipients": [{"id": row.slot, "key": row.key, "name": row.name} for row in recipients],
        "threshold": TELLERS_NEEDED if any(row.slot in ballots.TELLERS for row in recipients) else 1,
        "padded": ballots.padded_bytes(poll.kind, [n.key for n in nominees]),
    }
    box.manifest_digest = crypto.digest(box.manifest)
    box.phase = Phase.HANDING_OUT
    box.save()
    said = {"manifest": box.manifest, "digest": box.manifest_digest}
    record(by, "voting.box-opened", poll, said, **said)
    return box


def start_casting(poll: Poll, by: User | None) -> SecretBox:
    """Go on from handing out to casting; twice changes nothing. WrongState: nobody has a ballot yet."""
    box = _lock(poll)
    if box.phase == Phase.CASTING:
        return box
    handed = poll.hand_outs.count()
    if not handed:
        raise WrongState(_("Chưa đại biểu nào nhận phiếu."))
    box.phase, box.handed_out = Phase.CASTING, handed
    box.save(update_fields=["phase", "handed_out"])
    said = {"handed_out": handed, "present": poll.present}
    record(by, "voting.casting-started", poll, said, **said)
    return box


def take_out(poll: Poll) -> dict:
    """At the close: write the ballots anew, sorted, destroy the keys; gives what the record says of the box.

    The caller closes the poll in this transaction, so no ballot comes any more. Who was handed a ballot was
    there, also when he or she left before the close. WrongState: casting had not begun, or the box holds more
    ballots than were handed out.
    """
    box = _lock(poll)
    if box.phase != Phase.CASTING:
        raise WrongState(_("Chưa bắt đầu bỏ phiếu: hãy chuyển sang bỏ phiếu, hoặc hủy cuộc này."))
    rows = sorted(sealed(poll), key=lambda row: row.digest)
    box.handed_out, box.collected = poll.hand_outs.count(), len(rows)
    if box.collected > box.handed_out:
        raise WrongState(
            _("Trong hòm có %(n)s phiếu, nhiều hơn %(all)s phiếu đã phát. Hãy hủy cuộc này và bỏ phiếu lại.")
            % {"n": box.collected, "all": box.handed_out}
        )
    PublishedBallot.objects.bulk_create(
        PublishedBallot(digest=row.digest, poll=row.poll, place=row.place, body=row.body, ack=row.ack)
        for row in rows
    )
    box.ballots_digest = crypto.digest([row.digest for row in rows])
    box.phase = Phase.CLOSED
    box.save()
    poll.roll.filter(delegate__in=poll.hand_outs.values("delegate"), steps_out="").update(is_present=True)
    poll.present = poll.roll.filter(is_present=True).count()
    poll.save(update_fields=["present"])
    if poll.secrecy == modes.SERVER:
        secret = crypto.b64u(crypto.scalar(keys.server_key_of(poll)))
        poll.recipient_keys.filter(slot=ballots.SERVER).update(secret=secret)
    keys.destroy(poll)
    _empty_after_commit(poll)
    return {"handed_out": box.handed_out, "cast": box.collected, "ballots": box.ballots_digest}


def open_by_server(poll: Poll, by: User | None) -> None:
    """In the mode "server" the closed box is opened at once; with tellers' keys it waits for them."""
    if poll.secrecy == modes.SERVER:
        reveal(poll, _lock(poll), by)


def cancel(poll: Poll) -> None:
    """A cancelled vote's ballots are never opened: keys destroyed, box emptied, what a close had written deleted."""
    box = _lock(poll)
    box.phase = Phase.CANCELLED
    box.save(update_fields=["phase"])
    PublishedBallot.objects.filter(poll=poll.public_id).delete()
    poll.recipient_keys.update(secret="")  # a copy of the box made before must not be opened with it
    keys.destroy(poll)
    _empty_after_commit(poll)


def can_be_opened(poll: Poll) -> bool:
    """Whether enough keys are published: two of three tellers', or the one of the server or of the code."""
    slots = set(poll.recipient_keys.exclude(secret="").values_list("slot", flat=True))
    return bool(slots & {ballots.SERVER, ballots.CODE}) or len(slots) >= TELLERS_NEEDED


def reveal(poll: Poll, box: SecretBox, by: User | None) -> None:
    """Open and count the published ballots; what cannot be opened or read is invalid. Outcomes follow by rule."""
    manifest = ballots.Manifest.read(box.manifest)
    nominees = [nominee.key for nominee in poll.nominees.all()]
    private = {row.slot: row.secret for row in poll.recipient_keys.exclude(secret="")}
    opened_by = {slot: crypto.load_scalar(crypto.unb64u(secret)) for slot, secret in private.items()}
    choices = []
    for row in PublishedBallot.objects.filter(poll=poll.public_id).order_by("digest"):
        choices.append(choice_in(row.body, manifest, opened_by, poll.kind, nominees, poll.seats))
    sheets: Sheets = ballots.count(choices, kind=poll.kind, nominees=nominees, handed_out=box.handed_out)
    box.valid, box.blank, box.invalid = sheets.valid, sheets.blank, sheets.invalid
    box.figures = {key: dict(row) for key, row in sheets.figures.items()}
    box.phase, box.revealed_at = Phase.REVEALED, timezone.now()
    box.save()
    count = {name: getattr(sheets, name) for name in ("handed_out", "collected", "valid", "blank", "invalid")}
    count |= {"figures": box.figures}
    public = {"count": count, "keys": private} | write_outcomes(poll, sheets)
    record(by, "voting.count-confirmed", poll, public, keys=private, **count)


def choice_in(body: str, manifest, opened_by, kind, nominees, seats) -> dict[str, str] | None:
    """What stands on one ballot: {nominee: choice}, empty for blank, None for invalid or not to be opened."""
    try:
        plain = ballots.open_ballot(json.loads(body), manifest, opened_by)
    except ValueError:
        return None
    return ballots.read_choice(plain, kind, nominees, seats)


# --- The open box ----------------------------------------------------------------------------------


def box_alias() -> str:
    """The database alias under which the box is written: a role of its own where one is set."""
    return "ballots" if "ballots" in settings.DATABASES else "default"


def sealed(poll: Poll):
    """The ballots that lie in the open box of a vote."""
    return SealedBallot.objects.using(box_alias()).filter(poll=poll.public_id)


def empty(poll: Poll) -> None:
    """Wipe a closed or cancelled vote's ballots out of the box, leaving no row version and no free page behind.

    Emptying twice is harmless. PostgreSQL: the table gets a new file; the ballots of another vote that is
    open meanwhile are put back in random order. SQLite: freed bytes are overwritten (secure_delete) and the
    journal is cut to nothing.
    """
    poll = Poll.objects.get(pk=poll.pk)
    if poll.state in (Poll.State.DRAFT, Poll.State.OPEN):
        raise WrongState("the box of an open vote is not emptied")
    alias = box_alias()
    connection, table = connections[alias], SealedBallot._meta.db_table
    with transaction.atomic(using=alias):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                others = list(SealedBallot.objects.using(alias).exclude(poll=poll.public_id))
                secrets.SystemRandom().shuffle(others)
                cursor.execute(f"TRUNCATE TABLE {table}")
                SealedBallot.objects.using(alias).bulk_create(others)
        else:
            sealed(poll).delete()
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()[0]
        if busy:  # somebody reads: the job tries again
            raise WrongState("the journal could not be cut")


def _empty_after_commit(poll: Poll) -> None:
    """Right after the commit, and once more by the outbox in case this process dies in between."""
    outbox.enqueue(
        JOB, key=f"{JOB}:{poll.public_id}", council=poll.council, title=_("Dọn hòm phiếu kín"), poll_id=poll.pk
    )
    transaction.on_commit(lambda: empty(poll), robust=True)


# --- Shared ----------------------------------------------------------------------------------------


def record(by: User | None, event: str, poll: Poll, public: dict | None = None, **data) -> None:
    """One entry; `public` is what the public record says of it, with the poll's name."""
    public = {"poll": str(poll.public_id)} | (public or {})
    audit.record(by, event, poll, council=poll.council, chain=poll.chain, data=data, public=public)


def _lock(poll: Poll) -> SecretBox:
    return SecretBox.objects.select_for_update(no_key=True).get(poll=poll)


def _recipients(poll: Poll) -> list[RecipientKey]:
    """To whom ballots are sealed: three tellers who still serve, the code, or both; empty when neither is there."""
    serving = {teller.delegate_id for teller in tellers_of(poll)}
    rows = [row for row in poll.recipient_keys.all() if row.slot == ballots.CODE or row.delegate_id in serving]
    tellers = [row for row in rows if row.slot in ballots.TELLERS]
    code = [row for row in rows if row.slot == ballots.CODE]
    return (tellers if len(tellers) == len(ballots.TELLERS) else []) + code

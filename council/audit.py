"""The record: append-only, hash-chained, who did what and never what was chosen.

One chain per session and one per council for the rest. An entry's hash covers its canonical JSON and
the hash before it, so a deleted, changed, inserted or reordered line breaks the chain from there on.
"""

import hashlib
import json
from datetime import UTC

from django.db import transaction
from django.utils import timezone

from council.models import AuditChain, AuditEntry, Council, User


def council_chain(council: Council) -> str:
    """Key of the chain that holds what belongs to no session."""
    return f"council:{council.public_id}"


@transaction.atomic(savepoint=False)  # it stands and falls with the act
def record(
    by: User | None,
    event: str,
    target=None,
    *,
    council: Council | None = None,
    chain: str = "",
    data: dict | None = None,
) -> AuditEntry:
    """Append one line in the transaction of the act that it tells of.

    `by` is None for the system itself. `target` is a row with a `public_id` or any model row; `chain`
    is a key such as `council_session.chain_key`, by default the council's own chain. `data` holds
    names, numbers and states; never a choice, a password, a token or a petition's text.
    """
    council = council or (target if isinstance(target, Council) else getattr(target, "council", None))
    chain = chain or (council_chain(council) if council else "system")
    head = _lock_head(chain)
    if head is None:
        AuditChain.objects.get_or_create(key=chain, defaults={"council": council})
        head = _lock_head(chain)
    entry = AuditEntry(
        chain=head,
        seq=head.seq + 1,
        at=timezone.now(),
        actor_id=by.pk if by else None,
        actor=by.get_username() if by else "system",
        event=event,
        target=_name_of(target),
        data=data or {},
        previous=head.head,
    )
    entry.hash = digest(entry)
    entry.save(force_insert=True)
    head.seq, head.head = entry.seq, entry.hash
    head.save(update_fields=["seq", "head"])
    return entry


def _lock_head(chain: str) -> AuditChain | None:
    return AuditChain.objects.select_for_update(no_key=True).filter(key=chain).first()


def digest(entry: AuditEntry) -> str:
    """SHA-256 (hex) over the canonical JSON of an entry and the hash before it."""
    content = {
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": entry.actor_id,
        "actor": entry.actor,
        "event": entry.event,
        "target": entry.target,
        "data": entry.data,
        "previous": entry.previous,
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def first_bad_entry(chain: AuditChain) -> tuple[int, str] | None:
    """Walk a chain; the place and the fault of the first entry that does not hold, or None."""
    expected, previous = 1, ""
    for entry in chain.entries.order_by("seq").iterator(chunk_size=2000):
        if entry.seq != expected:
            return expected, f"entry {expected} is missing"
        if entry.previous != previous:
            return entry.seq, "does not follow from the entry before it"
        if entry.hash != digest(entry):
            return entry.seq, "its content does not match its hash"
        expected, previous = expected + 1, entry.hash
    if (chain.seq, chain.head) != (expected - 1, previous):
        return expected, "the chain's head names an entry that is not there"
    return None


def _name_of(target) -> str:
    if target is None:
        return ""
    return f"{target._meta.label_lower}:{getattr(target, 'public_id', target.pk)}"

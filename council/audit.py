"""The record: append-only, hash-chained, who did what and never what was chosen.

One chain per session and one per council for the rest. Each entry has two halves: what may be published,
and what stays in the house (who pressed, on which row). Its hash covers a salted digest of each and the
hash before it, so that an export that leaves a half out still shows an unbroken chain; a deleted, changed,
inserted or reordered line breaks it from there on. The format: docs/record.md.
"""

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import record_keys
from council.models import AuditChain, AuditEntry, Council, User

FORMAT = "nghi-truong/record/1"
BEGUN = "council.record-begun"  # the first entry of a session's chain: format, name and public key
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical(value) -> str:
    """The one JSON text of a value: keys sorted, no blanks, letters as they are."""
    return _encode(value)


def sha256(value) -> str:
    """SHA-256 (hex) over the canonical JSON of a value."""
    return hashlib.sha256(_encode(value).encode()).hexdigest()


_namers: list[Callable[[list[str]], dict[str, str]]] = []


def register_names(namer: Callable[[list[str]], dict[str, str]]) -> Callable:
    """Let a room say how people call its chains: `namer(keys)` gives {key: name} of those it knows."""
    _namers.append(namer)
    return namer


def names_of(chains) -> dict[str, str]:
    """{key: what people call it} for chains; one that nobody knows goes by its key."""
    names = {
        chain.key: _("Việc chung của hội đồng") if chain.key.startswith("council:") else chain.key for chain in chains
    }
    for namer in _namers:
        names |= namer(list(names))
    return names


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
    public: dict | None = None,
) -> AuditEntry:
    """Append one line in the transaction of the act that it tells of.

    `by` is None for the system itself. `target` is a row with a `public_id` or any model row; `chain`
    is a key such as `council_session.chain_key`, by default the council's own chain. `data` holds
    names, numbers and states; never a choice, a password, a token or a petition's text. `public` is what
    the session's public record says of it once its vote is public (sessions/record.py); None: nothing.
    """
    council = council or (target if isinstance(target, Council) else getattr(target, "council", None))
    chain = chain or (council_chain(council) if council else "system")
    head = _lock_head(chain)
    if head is None:
        AuditChain.objects.get_or_create(key=chain, defaults={"council": council})
        head = _lock_head(chain)
    if head.is_published and not head.public_key:
        record_keys.make(head)
        _append(head, None, BEGUN, "", {}, {"format": FORMAT, "chain": chain, "key": head.public_key})
    return _append(head, by, event, _name_of(target), data or {}, public)


def _append(
    head: AuditChain, by: User | None, event: str, target: str, data: dict, public: dict | None
) -> AuditEntry:
    entry = AuditEntry(
        chain=head,
        seq=head.seq + 1,
        at=timezone.now(),
        actor_id=by.pk if by else None,
        actor=by.get_username() if by else "system",
        event=event,
        target=target,
        data=data,
        public=public,
        seed=os.urandom(16).hex(),
        previous=head.head,
    )
    entry.hash = digest(entry)
    entry.save(force_insert=True)
    head.seq, head.head = entry.seq, entry.hash
    head.save(update_fields=["seq", "head", "public_key", "sealed_key"])
    return entry


def _lock_head(chain: str) -> AuditChain | None:
    return AuditChain.objects.select_for_update(no_key=True).filter(key=chain).first()


def open_half(entry: AuditEntry) -> dict:
    """What an export shows of an entry that is public: all of it but who did it and in which row."""
    return {
        "salt": _salt(entry, "open"),
        "at": _when(entry),
        "event": entry.event,
        "public": entry.public,
    }


def sealed_half(entry: AuditEntry) -> dict:
    """What never leaves the house."""
    return {
        "salt": _salt(entry, "sealed"),
        "actor_id": entry.actor_id,
        "actor": entry.actor,
        "target": entry.target,
        "data": entry.data,
    }


def digest(entry: AuditEntry) -> str:
    """SHA-256 (hex) over the digests of an entry's halves, its place and the hash before it."""
    if not entry.seed:
        return _digest_of_first_format(entry)
    return sha256(
        {
            "seq": entry.seq,
            "previous": entry.previous,
            "open": sha256(open_half(entry)),
            "sealed": sha256(sealed_half(entry)),
        }
    )


def _salt(entry: AuditEntry, half: str) -> str:
    """128 bits that keep a half that is left out from being guessed; one says nothing of the other."""
    return hashlib.sha256(f"{half}:{entry.seed}".encode()).hexdigest()[:32]


def _when(entry: AuditEntry) -> str:
    return entry.at.astimezone(UTC).isoformat(timespec="microseconds")


def _digest_of_first_format(entry: AuditEntry) -> str:
    """Entries written before the record was published have one half only."""
    content = {
        "seq": entry.seq,
        "at": _when(entry),
        "actor_id": entry.actor_id,
        "actor": entry.actor,
        "event": entry.event,
        "target": entry.target,
        "data": entry.data,
        "previous": entry.previous,
    }
    return sha256(content)


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

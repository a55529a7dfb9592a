"""What screens and tablets may know of a secret vote on tablets: counts and phases, never a person's ballot."""

import json
from collections import OrderedDict

from django.utils.translation import gettext as _

from council import audit, regulations
from council.models import AuditEntry, Delegate, User
from voting.count_rules import LABELS_ON_SHEET
from voting.models import Poll
from voting.secret import ballots, crypto, life
from voting.secret.models import HandOut, PublishedBallot, SecretBox
from voting.secret.modes import TELLERS, mode_label
from voting.tellers import is_teller, tellers_of

CODE = 16  # digits of a digest that people compare: nobody tries 2^64 manifests until one fits
FEW = 30  # up to so many ballots the number in the box is shown in steps (security 44)
STEP = 5


def box_facts(poll: Poll) -> dict | None:
    """What a screen says of the box of a sealed vote, or None for any other vote.

    While casting goes on, `cast` is a total in steps where few vote; it is exact once all ballots are in,
    so that the chair can close, and after the close.
    """
    if not poll.is_sealed:
        return None
    box = SecretBox.objects.get(poll=poll)
    handed_out = box.handed_out or poll.hand_outs.count()
    is_over = box.phase in (SecretBox.Phase.CLOSED, SecretBox.Phase.REVEALED)
    in_box = box.collected if is_over else life.sealed(poll).count() if box.phase == SecretBox.Phase.CASTING else 0
    keys = list(poll.recipient_keys.all())
    holders = [row for row in keys if row.slot != ballots.SERVER]
    return {
        "mode": poll.secrecy,
        "mode_label": mode_label(poll.secrecy),
        "phase": box.phase,
        "phase_label": box.get_phase_display(),
        "handed_out": handed_out,
        "of": poll.present,
        "few": _few(poll) if box.phase == SecretBox.Phase.HANDING_OUT else 0,
        "cast": in_box if is_over else in_steps(in_box, handed_out),
        "is_all_cast": bool(handed_out) and in_box == handed_out,
        "manifest": box.manifest_digest,
        "manifest_code": code_of(box.manifest_digest),
        "ballots_digest": box.ballots_digest,
        "ballots_code": code_of(box.ballots_digest),
        "tellers": _tellers(poll, keys) if poll.secrecy == TELLERS else [],
        "has_code": any(row.slot == ballots.CODE for row in keys),
        "keys_registered": len(holders),
        "keys_published": sum(bool(row.secret) for row in holders),
        "keys_needed": (box.manifest or {}).get("threshold", life.TELLERS_NEEDED),
        "is_waiting": box.phase == SecretBox.Phase.CLOSED,
        "is_revealed": box.phase == SecretBox.Phase.REVEALED,
    }


def code_of(digest: str) -> str:
    """A digest as tablets and wall show it, to be compared by eye: "7F3A 19C4 02BE 55D1"."""
    return " ".join(digest[place : place + 4] for place in range(0, min(CODE, len(digest)), 4)).upper()


def entry_of(poll: Poll) -> dict | None:
    """The entry of the record that holds the manifest, as a tablet looks for it in the chain; None before the opening."""
    target = f"voting.poll:{poll.public_id}"
    entry = AuditEntry.objects.filter(chain__key=poll.chain, event="voting.box-opened", target=target).first()
    return {"seq": entry.seq, "open": audit.open_half(entry)} if entry else None


def _few(poll: Poll) -> int:
    """Below how many ballots the council warns, where fewer may vote here; otherwise 0 (security 45)."""
    few = regulations.value(poll.council, "few_ballots")
    return few if poll.present < few else 0


def in_steps(n: int, handed_out: int) -> int:
    """A running total as it may be shown: in steps where few vote, unless it is complete."""
    return n if handed_out > FEW or n == handed_out else n // STEP * STEP


def my_ballot(poll: Poll, user: User, delegate: Delegate | None) -> dict:
    """What a person's own tablet asks: entitled, present, the request it was handed a ballot for. Never whether cast."""
    entry = poll.roll.filter(delegate=delegate).first() if delegate else None
    handed = HandOut.objects.filter(poll=poll, delegate=delegate).first() if delegate else None
    own = poll.recipient_keys.filter(delegate=delegate).first() if delegate else None
    return {
        "entitled": entry is not None,
        "is_present": bool(entry and entry.is_present),
        "request": handed.request if handed else "",
        "is_teller": is_teller(user, poll),
        "teller": own.slot if own else "",
    }


_texts: OrderedDict[tuple, str] = OrderedDict()  # the last lists of this process, as they were answered
_KEPT = 8


def published_text(poll: Poll, *, with_keys: bool) -> tuple[str, str] | None:
    """The JSON of `published` with its tag; written once, for a whole hall fetches it in the same seconds."""
    box = SecretBox.objects.filter(poll=poll, phase__in=["closed", "revealed"]).first()
    if box is None:
        return None
    tag = (str(poll.public_id), box.ballots_digest, with_keys and box.phase == SecretBox.Phase.REVEALED)
    if tag not in _texts:
        _texts[tag] = json.dumps(published(poll, with_keys=with_keys), ensure_ascii=False, separators=(",", ":"))
        while len(_texts) > _KEPT:
            _texts.popitem(last=False)
    return _texts[tag], audit.sha256(tag)


def published(poll: Poll, *, with_keys: bool) -> dict | None:
    """All that anyone needs to check and, with the keys, to count a closed vote; None before the close."""
    box = SecretBox.objects.filter(poll=poll, phase__in=["closed", "revealed"]).first()
    if box is None:
        return None
    revealed = with_keys and box.phase == SecretBox.Phase.REVEALED
    return {
        "v": 1,
        "poll": str(poll.public_id),
        "manifest": box.manifest,
        "digest": box.manifest_digest,
        "present": poll.present,
        "handed_out": box.handed_out,
        "cast": box.collected,
        "ballots_digest": box.ballots_digest,
        "ballots": bodies(poll),
        "keys": dict(poll.recipient_keys.exclude(secret="").values_list("slot", "secret")) if revealed else {},
        "count": {name: getattr(box, name) for name in ("valid", "blank", "invalid", "figures")}
        if revealed
        else None,
    }


def bodies(poll: Poll) -> list[dict]:
    """The published ballots in the order of their digests."""
    rows = PublishedBallot.objects.filter(poll=poll.public_id).order_by("digest")
    return [json.loads(text) for text in rows.values_list("body", flat=True)]


def opened_ballots(poll: Poll) -> list[dict]:
    """Every ballot's short code with what stands on it, sorted by code: for the wall and for checking one's own.

    Empty before the box is opened.
    """
    box = SecretBox.objects.filter(poll=poll, phase=SecretBox.Phase.REVEALED).first()
    if box is None:
        return []
    manifest = ballots.Manifest.read(box.manifest)
    keys = {
        row.slot: crypto.load_scalar(crypto.unb64u(row.secret)) for row in poll.recipient_keys.exclude(secret="")
    }
    names = {nominee.key: nominee.name for nominee in poll.nominees.all()}
    labels = LABELS_ON_SHEET[poll.kind]
    lines = []
    for row in PublishedBallot.objects.filter(poll=poll.public_id).order_by("digest"):
        choice = life.choice_in(row.body, manifest, keys, poll.kind, list(names), poll.seats)
        if choice is None:
            words = [_("Không hợp lệ")]
        elif not choice:
            words = [_("Phiếu trắng")]
        else:
            words = [
                f"{names[key]}: {labels[one]}" for key, one in sorted(choice.items(), key=lambda c: int(c[0]))
            ]
        lines.append({"code": row.digest[:8].upper(), "digest": row.digest, "choices": words})
    return lines


def _tellers(poll: Poll, keys: list) -> list[dict]:
    by_delegate = {row.delegate_id: row for row in keys if row.delegate_id}
    lines = []
    for teller in tellers_of(poll):
        row = by_delegate.get(teller.delegate_id)
        lines.append(
            {
                "name": teller.delegate.full_name,
                "slot": row.slot if row else "",
                "registered": row is not None,
                "published": bool(row and row.secret),
            }
        )
    return lines

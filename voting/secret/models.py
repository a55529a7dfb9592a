"""Rows of a secret vote on tablets. None of them joins a person to a ballot (security 38, 39).

Who was handed a ballot stands in `HandOut`. What lies in the box stands in `SealedBallot`, which knows the
vote by its public id alone, no person, no time and no number, and whose key is random. After the close the
ballots are written anew, sorted, as `PublishedBallot`, and the box is emptied.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from council.models import Delegate


class SecretBox(models.Model):
    """The box of one vote: its phase, its frozen manifest, and after the close what was counted."""

    class Phase(models.TextChoices):
        PREPARING = "preparing", _("Chuẩn bị")
        HANDING_OUT = "handing_out", _("Đang phát phiếu")
        CASTING = "casting", _("Đang bỏ phiếu")
        CLOSED = "closed", _("Chờ mở phiếu")
        REVEALED = "revealed", _("Đã mở phiếu")
        CANCELLED = "cancelled", _("Đã hủy")

    poll = models.OneToOneField("voting.Poll", on_delete=models.PROTECT, related_name="secret_box")
    phase = models.CharField(max_length=12, choices=Phase.choices, default=Phase.PREPARING)
    issuer = models.CharField(max_length=600)  # public modulus, base64url
    box_key = models.CharField(max_length=100)  # public key that acknowledges ballots, base64url
    manifest = models.JSONField(default=dict)  # frozen at opening
    manifest_digest = models.CharField(max_length=64, blank=True)
    ballots_digest = models.CharField(max_length=64, blank=True)  # over the sorted digests of all ballots
    handed_out = models.PositiveIntegerField(default=0)
    collected = models.PositiveIntegerField(default=0)
    valid = models.PositiveIntegerField(default=0)
    blank = models.PositiveIntegerField(default=0)
    invalid = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict)
    revealed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(phase="revealed")
                | Q(collected=models.F("valid") + models.F("blank") + models.F("invalid")),
                name="opened_ballots_add_up",
            ),
            models.CheckConstraint(
                condition=Q(collected__lte=models.F("handed_out")), name="no_more_ballots_than_were_handed_out"
            ),
        ]


class SecretKeys(models.Model):
    """The server's private keys of one vote, wrapped with a key that is not in the database; deleted at the close."""

    poll = models.OneToOneField("voting.Poll", on_delete=models.PROTECT, related_name="secret_keys")
    issuer = models.BinaryField()
    box = models.BinaryField()
    server = models.BinaryField(default=bytes)  # opens the ballots in the mode "server"


class SpareIssuer(models.Model):
    """An issuer key made beforehand, so that preparing a vote does not wait for primes."""

    wrapped = models.BinaryField()


class RecipientKey(models.Model):
    """To whom ballots are sealed: the server, three tellers, or a printed code. `secret` once published."""

    poll = models.ForeignKey("voting.Poll", on_delete=models.PROTECT, related_name="recipient_keys")
    slot = models.CharField(max_length=8)  # "server", "t1", "t2", "t3", "code"
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=120)
    key = models.CharField(max_length=100)  # public, base64url
    secret = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["poll", "slot"], name="one_key_per_slot"),
            models.UniqueConstraint(fields=["poll", "delegate"], name="one_key_per_teller"),
        ]
        ordering = ["slot"]


class HandOut(models.Model):
    """That a delegate was handed a ballot: the blinded request (its digest) and the answer, repeated for ever."""

    poll = models.ForeignKey("voting.Poll", on_delete=models.PROTECT, related_name="hand_outs")
    delegate = models.ForeignKey(Delegate, on_delete=models.PROTECT, related_name="+")
    request = models.CharField(max_length=64)  # SHA-256 of the blinded bytes
    blind_sig = models.CharField(max_length=600)  # base64url

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "delegate"], name="one_ballot_per_delegate")]


class SealedBallot(models.Model):
    """A ballot in the open box. In a table, and where the operator wants so under a database role, of its own.

    Columns by a list that a test holds (security 38): no person, session, device, address, time, sequence.
    """

    place = models.CharField(max_length=64, primary_key=True)  # SHA-256 of the ballot's own random key
    poll = models.UUIDField()  # public id; no reference
    digest = models.CharField(max_length=64)
    body = models.TextField()
    ack = models.CharField(max_length=100)


class PublishedBallot(models.Model):
    """A ballot after the close, written with all the others in the order of their digests."""

    digest = models.CharField(max_length=64, primary_key=True)
    poll = models.UUIDField(db_index=True)
    place = models.CharField(max_length=64)
    body = models.TextField()
    ack = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "place"], name="one_published_ballot_per_key")]

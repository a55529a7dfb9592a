"""The server's private keys of a secret vote: wrapped at rest, made beforehand, destroyed at the close.

The wrapping key comes from SECRET_KEY, which is not in the database: a dump, a replica or a backup of the
database alone opens no ballot of a running vote.
"""

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from council import outbox
from council.errors import WrongState
from voting.models import Poll
from voting.secret import crypto
from voting.secret.models import SecretKeys, SpareIssuer

SPARE = 3  # issuer keys kept ready
JOB = "voting.make_issuer_keys"


@dataclass(frozen=True)
class NewKeys:
    """What a prepared vote starts with: its public keys, the private ones being stored."""

    issuer: str  # modulus, base64url
    box: str


def make_keys(poll: Poll) -> NewKeys:
    """Give a vote its issuer key and its box key. From the pool, or made now when that is empty."""
    spare = SpareIssuer.objects.select_for_update(
        skip_locked=connection.features.has_select_for_update_skip_locked
    )
    row = spare.first()
    if row is None:
        wrapped, der = None, crypto.new_issuer()
    else:
        wrapped, der = bytes(row.wrapped), unwrap(bytes(row.wrapped))
        row.delete()
    box = crypto.new_key()
    SecretKeys.objects.create(poll=poll, issuer=wrapped or wrap(der), box=wrap(crypto.scalar(box)))
    outbox.enqueue(JOB, key=f"{JOB}:{poll.public_id}", title=_("Tạo sẵn khóa cho phiếu kín"))
    modulus = crypto.Issuer.load(der).n.to_bytes(crypto.ISSUER_BYTES)
    return NewKeys(crypto.b64u(modulus), crypto.b64u(crypto.point(box)))


def fill_pool() -> None:
    """Make issuer keys until enough lie ready; the job of the outbox."""
    while SpareIssuer.objects.count() < SPARE:
        SpareIssuer.objects.create(wrapped=wrap(crypto.new_issuer()))


def issuer_of(poll: Poll) -> crypto.Issuer:
    return crypto.Issuer.load(unwrap(bytes(_row(poll).issuer)))


def box_key_of(poll: Poll) -> EllipticCurvePrivateKey:
    return crypto.load_scalar(unwrap(bytes(_row(poll).box)))


def server_key_of(poll: Poll) -> EllipticCurvePrivateKey:
    return crypto.load_scalar(unwrap(bytes(_row(poll).server)))


def make_server_key(poll: Poll) -> str:
    """A fresh key that ballots are sealed to in the mode "server"; gives its public point, base64url."""
    key = crypto.new_key()
    SecretKeys.objects.filter(poll=poll).update(server=wrap(crypto.scalar(key)))
    return crypto.b64u(crypto.point(key))


@transaction.atomic
def destroy(poll: Poll) -> None:
    """Overwrite and delete the private keys of a vote: nobody signs or acknowledges a ballot any more (47)."""
    rows = SecretKeys.objects.filter(poll=poll)
    rows.update(issuer=os.urandom(64), box=os.urandom(64), server=os.urandom(64))
    rows.delete()


def wipe_deleted() -> None:
    """Give the two small tables of private keys new files, so that no deleted row version is left in the old ones.

    Called by a job, outside every transaction. SQLite overwrites what it deletes (secure_delete).
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")  # rather again later than in the way of a hand-out
        try:
            for model in (SecretKeys, SpareIssuer):
                cursor.execute(f"VACUUM FULL {model._meta.db_table}")
        finally:
            cursor.execute("RESET lock_timeout")


def wrap(plain: bytes) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(_wrapping_key(settings.SECRET_KEY)).encrypt(nonce, plain, None)


def unwrap(wrapped: bytes) -> bytes:
    """WrongState: wrapped with a SECRET_KEY that is no longer known."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return AESGCM(_wrapping_key(secret)).decrypt(wrapped[:12], wrapped[12:], None)
        except (InvalidTag, ValueError):
            continue
    raise WrongState(_("Khóa của cuộc bỏ phiếu không mở được: SECRET_KEY của máy chủ đã đổi."))


def _wrapping_key(secret: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"nghi-truong/ballot-keys/1").derive(secret.encode())


def _row(poll: Poll) -> SecretKeys:
    row = SecretKeys.objects.filter(poll=poll).first()
    if row is None:
        raise WrongState(_("Khóa của cuộc bỏ phiếu này đã bị hủy."))
    return row

"""What a service refuses with. Views and the API turn these into their status in words."""

import errno
import logging
import sqlite3

from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)
_POSTGRESQL_DISK_FULL = "53100"


class HouseError(Exception):
    """Base of the refusals; `message` is a sentence for the person who asked, `status` that of the HTTP answer."""

    status = 400

    def __init__(self, message: str = ""):
        super().__init__(message)
        self.message = message


class NotAllowed(HouseError):
    """The person may not do this."""

    status = 403


class WrongState(HouseError):
    """The thing is not in a state in which this can happen."""

    status = 409


class BadInput(HouseError):
    """The input cannot be used; `faults` lists each fault in words."""

    status = 422

    def __init__(self, message: str = "", faults: list | None = None):
        super().__init__(message)
        self.faults = faults or []


class NoRoom(HouseError):
    """The disk of the database or of the files is full: nothing of this act was written."""

    status = 507


def as_refusal(fault: Exception) -> HouseError | None:
    """The refusal that a fault is, or that a full disk makes of it; None for what is a fault of ours."""
    if isinstance(fault, HouseError):
        return fault
    if is_full_disk(fault):
        logger.error("the disk is full", exc_info=fault)  # answered in words, so nobody else would tell the operator
        return NoRoom(
            _(
                "Ổ đĩa của máy chủ đã đầy nên việc này chưa được ghi; những gì đã ghi trước vẫn còn. "
                "Hãy báo người quản trị."
            )
        )
    return None


def is_full_disk(fault: BaseException) -> bool:
    """Whether a fault of the database or of a file says that there is no room left."""
    told = fault.__cause__ or fault  # Django keeps the driver's own as the cause
    return (
        getattr(told, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(told, "sqlstate", None) == _POSTGRESQL_DISK_FULL
        or (isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT))
    )

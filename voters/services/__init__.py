"""Everything that can happen to a petition; one function each."""

from voters.services.importing import import_petitions
from voters.services.petitions import (
    close_petition,
    edit_petition,
    hide_petition,
    publish_petition,
    record_petition,
    restore_petition,
)
from voters.services.referrals import hand_back, refer, reopen, withdraw
from voters.services.replies import accept_reply, attach_file, detach_file, save_draft, send_back, send_reply

__all__ = [
    "accept_reply",
    "attach_file",
    "close_petition",
    "detach_file",
    "edit_petition",
    "hand_back",
    "hide_petition",
    "import_petitions",
    "publish_petition",
    "record_petition",
    "refer",
    "reopen",
    "restore_petition",
    "save_draft",
    "send_back",
    "send_reply",
    "withdraw",
]

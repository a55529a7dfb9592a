"""What can happen to a session before it runs. Every verb is here by name; each subject has its file."""

from sessions.services.agenda import (
    move_item,
    remove_item,
    remove_sitting,
    restore_item,
    save_item,
    save_sitting,
)
from sessions.services.convening import send_notice, send_notice_again, send_supplement
from sessions.services.guests import (
    invite_guest,
    make_guest_link,
    papers_for_guests,
    renew_guest_link,
    revoke_guest_link,
    uninvite_guest,
)
from sessions.services.making import (
    copy_session,
    create_from_plan,
    create_session,
    edit_session,
    remove_session,
)
from sessions.services.papers import (
    discard_staged,
    file_paper,
    file_staged,
    move_paper,
    remind_of_paper,
    remove_paper,
    save_paper,
    set_paper_public,
    set_paper_readers,
    stage_paper,
    withdraw_paper,
)

__all__ = [
    "copy_session",
    "create_from_plan",
    "create_session",
    "discard_staged",
    "edit_session",
    "file_paper",
    "file_staged",
    "invite_guest",
    "make_guest_link",
    "move_item",
    "move_paper",
    "papers_for_guests",
    "remind_of_paper",
    "remove_item",
    "remove_paper",
    "remove_session",
    "remove_sitting",
    "renew_guest_link",
    "restore_item",
    "revoke_guest_link",
    "save_item",
    "save_paper",
    "save_sitting",
    "send_notice",
    "send_notice_again",
    "send_supplement",
    "set_paper_public",
    "set_paper_readers",
    "stage_paper",
    "uninvite_guest",
    "withdraw_paper",
]

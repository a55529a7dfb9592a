"""Who may run a poll, vote, and see which names.

Who runs the votes of a room is told by the room above (`register_desk`), so that this room imports
nothing upwards. A room of an unknown kind has no desk: nobody may.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from council.models import Body, Council, Delegate, RoleGrant, User
from council.permissions import delegate_for, is_member, roles_of, serves_body
from voting.models import Poll, RollEntry
from voting.rules import Issue

Role = RoleGrant.Role


@dataclass(frozen=True)
class Desk:
    """What a kind of room tells about its votes."""

    may_run: Callable[[User, str], bool]
    may_enter: Callable[[User, str], bool]
    prepare: Callable[..., Poll] | None = None
    open: Callable[..., Poll] | None = None
    is_public: Callable[[str], bool] | None = None
    issues: Callable[[Poll], list[Issue]] | None = None


_desks: dict[str, Desk] = {}


def register_desk(
    room_kind: str,
    may_run: Callable[[User, str], bool],
    *,
    may_enter: Callable[[User, str], bool] | None = None,
    prepare: Callable[..., Poll] | None = None,
    open: Callable[..., Poll] | None = None,
    is_public: Callable[[str], bool] | None = None,
    issues: Callable[[Poll], list[Issue]] | None = None,
) -> None:
    """Tell who runs the votes of a kind of room ("sitting" for keys "sitting:<id>").

    `may_run(user, room)` and, for votes entered in a delegate's place, `may_enter(user, room)` (by
    default the same people) are asked again under the lock of each act. `is_public(room)` tells whether
    citizens may see its results. `prepare(room, by=, question=, rule=, …)` and `open(poll, by=)` are the
    room's own acts for callers that know a room by its key only (the API): the room finds the text, the
    roll and the record's chain. `issues(poll)` is what the chair should know before opening a prepared poll.
    """
    _desks[room_kind] = Desk(may_run, may_enter or may_run, prepare, open, is_public, issues)


def desk_of(room: str) -> Desk | None:
    return _desks.get(room.partition(":")[0])


def can_run(user: User, room: str) -> bool:
    """Whether a person prepares, opens, closes, declares and cancels the votes of a room."""
    if not user.is_authenticated or not user.is_active:
        return False
    desk = desk_of(room)
    return desk is not None and desk.may_run(user, room)


def can_enter(user: User, room: str) -> bool:
    """Whether a person enters the vote of a delegate whose tablet does not work."""
    if not user.is_authenticated or not user.is_active:
        return False
    desk = desk_of(room)
    return desk is not None and desk.may_enter(user, room)


def can_cast(delegate: Delegate | None, poll: Poll) -> bool:
    """Whether a vote of this delegate would be taken now; the ballot box asks again under the lock."""
    if delegate is None or not poll.is_open:
        return False
    return RollEntry.objects.filter(poll=poll, delegate=delegate, is_present=True).exists()


@dataclass(frozen=True)
class Seat:
    """On whose behalf a person may put a ballot in; without a delegate, why not and how it is told."""

    delegate_id: int | None
    code: str = ""
    words: str = ""
    status: int = 200


def seat_in(user: User, council: Council | None, poll_public_id) -> Seat:
    """A person's seat on the roll of a poll. Who may know of the poll is refused in words, others by 404."""
    if not user.is_authenticated or council is None:
        return Seat(None, "not_found", status=404)
    delegate = delegate_for(user, council)
    if delegate is not None:
        roll = RollEntry.objects.filter(delegate=delegate, poll__public_id=poll_public_id, poll__council=council)
        if roll.exists():
            return Seat(delegate.pk)
    poll = (
        Poll.objects.filter(council=council, public_id=poll_public_id, opened_at__isnull=False)
        .select_related("body")
        .first()
    )
    if poll is None:
        return Seat(None, "not_found", status=404)
    is_known = poll.body.kind == Body.Kind.PLENARY and roles_of(user, council)
    if not is_known and not can_see_poll(user, poll):
        return Seat(None, "not_found", status=404)
    words = _("Chỉ đại biểu có tên trong danh sách biểu quyết mới được bỏ phiếu.")
    return Seat(None, "not_entitled", words, 403)


def seats_on_roll(users: Collection[int], council: Council | None, poll_public_id) -> dict[int, int]:
    """The delegate on the roll of a poll for each of these users (ids) who is on it; as `seat_in`, for many."""
    if council is None:
        return {}
    today = timezone.localdate()
    mandates = Delegate.objects.filter(user__in=users, council=council, mandate_from__lte=today)
    mandates = mandates.exclude(mandate_to__lt=today).order_by("mandate_from")  # the newest counts
    delegates = dict(mandates.values_list("user_id", "pk"))
    roll = RollEntry.objects.filter(poll__public_id=poll_public_id, poll__council=council)
    on_roll = set(roll.filter(delegate__in=delegates.values()).values_list("delegate_id", flat=True))
    return {user: delegate for user, delegate in delegates.items() if delegate in on_roll}


def can_see_poll(user: User, poll: Poll) -> bool:
    """Whether a person may look at a poll before it is public: its desk, and its body once opened."""
    if can_run(user, poll.room):
        return True
    if serves_body(user, poll.body, Role.OFFICE, Role.SESSION_CHAIR, Role.SESSION_SECRETARY):
        return True
    return poll.opened_at is not None and is_member(user, poll.body)


def is_public(poll: Poll, *, state: str = Poll.State.DECLARED) -> bool:
    """Whether citizens may see the result: declared, of the plenary, in a room that is public.

    `state` asks the same of a poll that ended otherwise.
    """
    if poll.state != state or poll.body.kind != Body.Kind.PLENARY or poll.is_rehearsal:
        return False
    desk = desk_of(poll.room)
    return bool(desk and desk.is_public and desk.is_public(poll.room))


def audience_of(user: User, poll: Poll) -> str | None:
    """As whom a person sees the result: "desk", "delegates", "public", or None for nobody."""
    if user.is_authenticated and can_see_poll(user, poll):
        runs = can_run(user, poll.room)
        serves = runs or serves_body(user, poll.body, Role.OFFICE, Role.SESSION_CHAIR, Role.SESSION_SECRETARY)
        return "desk" if serves else "delegates"
    return "public" if is_public(poll) else None

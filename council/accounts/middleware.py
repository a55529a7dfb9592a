"""What every signed-in request passes: a card's rights, the office's door, when the device was last seen."""

from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.utils import timezone

from council import second_factor
from council.models import Device

OFFICE_DOOR = "/van-phong/"  # every address of the office lies behind it
_SEEN_EVERY = 60  # seconds


class AccountsMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            second_factor.bind(request.user, request.session)
            _note_seen(request.session.session_key)
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        """No page of the office opens to a stranger, nor to a privileged person without the day's second
        factor. Whatever is added behind the door is shut by itself."""
        if not request.path.startswith(OFFICE_DOOR):
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not second_factor.is_privileged(request.user, request.council):
            return None  # the page refuses by its own rule
        if second_factor.has_stepped_up(request.session.session_key, request.user, second_factor.OFFICE):
            return None
        return second_factor.ask(request, second_factor.OFFICE)


def _note_seen(session_key: str) -> None:
    """Once a minute, so that reading pages does not mean writing rows."""
    if cache.add(f"seen:{session_key}", True, _SEEN_EVERY):
        Device.objects.filter(session_key=session_key, revoked_at=None).update(last_seen_at=timezone.now())

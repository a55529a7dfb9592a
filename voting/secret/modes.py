"""Which secret votes on tablets a council may hold: its dated setting, the database, the line to the browser."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from council import regulations
from council.models import Council

SERVER, TELLERS = "server", "tellers"
MODES = (SERVER, TELLERS)
LOCAL = {"localhost", "127.0.0.1", "::1"}


def mode_label(mode: str) -> str:
    return {
        SERVER: _("Trên máy, tin cậy máy chủ"),
        TELLERS: _("Trên máy, khóa của Ban kiểm phiếu"),
    }.get(mode, _("Phiếu giấy"))


def mode_help(mode: str) -> str:
    """What a mode protects from, in one sentence each; the manual says more."""
    return {
        SERVER: _(
            "Máy chủ giữ khóa mở phiếu cho đến khi kết thúc. Sau đó không dữ liệu nào nối phiếu với đại biểu."
        ),
        TELLERS: _(
            "Chỉ mở được phiếu sau khi kết thúc, bằng khóa của hai trong ba người kiểm phiếu hoặc mã niêm phong."
        ),
    }.get(mode, _("Ban kiểm phiếu phát phiếu giấy, đếm và nhập kết quả."))


def why_not(council: Council, mode: str) -> str:
    """Why a council cannot hold a secret vote in a mode now, in words; empty when it can."""
    if mode not in MODES:
        return _("Chọn một cách bỏ phiếu kín trong danh sách.")
    if regulations.value(council, "secret_on_tablets") not in (mode, "both"):
        return _("Quy định của Hội đồng không cho bỏ phiếu kín trên máy theo cách này.")
    if mode == TELLERS and connection.vendor != "postgresql":
        return _("Cách dùng khóa của Ban kiểm phiếu cần cơ sở dữ liệu PostgreSQL.")
    if not is_secure_place():
        return _(
            "Bỏ phiếu kín trên máy cần đường truyền bảo mật (https): trình duyệt không cho mã hóa phiếu qua http. "
            "Hãy dùng phiếu giấy, hoặc mở địa chỉ https."
        )
    return ""


def modes_for(council: Council) -> list[str]:
    """The modes that may be chosen now, besides paper."""
    return [mode for mode in MODES if not why_not(council, mode)]


def is_secure_place() -> bool:
    """Whether browsers of this installation get a secure context: HTTPS, or this very machine."""
    return settings.HTTPS or (urlsplit(settings.BASE_URL).hostname or "") in LOCAL

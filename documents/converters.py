"""Programs of the system that the pipeline uses where they are installed: LibreOffice and tesseract.

What is missing is named, and how to install it; PDFs need neither. Each runs within limits of its own, without
network, in a folder that is removed afterwards.
"""

import hashlib
import shutil
import subprocess
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from documents.limits import MEGABYTE, LimitReached, Limits, run_limited

OFFICE = Limits(cpu_seconds=90, wall_seconds=180, memory=3072 * MEGABYTE, file_size=512 * MEGABYTE, open_files=1024)
RECOGNITION = Limits(cpu_seconds=60, wall_seconds=120, memory=1024 * MEGABYTE)  # of one page
LANGUAGE = "vie"

# Which part of LibreOffice opens which kind, its library, and its package.
_PARTS = {
    "docx": ("Writer", "libswlo.so", "libreoffice-writer-nogui"),
    "xlsx": ("Calc", "libsclo.so", "libreoffice-calc-nogui"),
    "pptx": ("Impress", "libsdlo.so", "libreoffice-impress-nogui"),
    "odt": ("Writer", "libswlo.so", "libreoffice-writer-nogui"),
    "ods": ("Calc", "libsclo.so", "libreoffice-calc-nogui"),
    "odp": ("Impress", "libsdlo.so", "libreoffice-impress-nogui"),
}
_SETTING = '<item oor:path="/org.openoffice.{}"><prop oor:name="{}" oor:op="fuse"><value>{}</value></prop></item>'
# No macro runs, no link is followed, nothing is fetched, nothing is asked.
_SETTINGS = [
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", 3),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Common/Misc", "FirstRun", "false"),
    ("Office.Common/Java", "Enable", "false"),
    ("Office.Writer/Content/Update", "Link", 2),
    ("Office.Calc/Content/Update", "Link", 2),
    ("Office.Calc/Formula/Load", "OOXMLRecalcMode", 1),
    ("Office.Calc/Formula/Load", "ODFRecalcMode", 1),
    ("Office.Recovery/RecoveryInfo", "Enabled", "false"),
    ("Office.Recovery/AutoSave", "Enabled", "false"),
]
_NO_SCREEN = {"SAL_USE_VCLPLUGIN": "svp"}
_START_AGAIN = 81  # said by LibreOffice after it furnished a new profile


class CannotConvert(Exception):
    """The converter gave no PDF within its limits."""


def lacking_for(extension: str) -> str:
    """What this machine lacks to make a PDF of a kind of file, in words with the command that installs it; or ""."""
    if extension not in _PARTS:
        return ""
    name, library, package = _PARTS[extension]
    program = office_program()
    if program and (program.parent / library).exists():
        return ""
    return _(
        "Máy chủ chưa cài LibreOffice %(name)s nên chưa chuyển được tệp này sang PDF. "
        "Người quản trị cài bằng lệnh: sudo apt-get install %(package)s. Hoặc lưu thành PDF rồi tải lên lại."
    ) % {"name": name, "package": package}


def lacking_for_recognition() -> str:
    """What this machine lacks to recognise Vietnamese text in scanned pages, in words; or ""."""
    program = recognition_program()
    if program is None:
        missing = "tesseract-ocr tesseract-ocr-vie"
    elif LANGUAGE not in _languages(str(program)):
        missing = "tesseract-ocr-vie"
    else:
        return ""
    return _(
        "Máy chủ chưa cài tesseract tiếng Việt nên trang quét chưa tìm được chữ; vẫn đọc được bình thường. "
        "Người quản trị cài bằng lệnh: sudo apt-get install %(package)s."
    ) % {"package": missing}


def office_program() -> Path | None:
    """LibreOffice's own program (behind its start script), where it is installed."""
    found = settings.SOFFICE or shutil.which("soffice") or shutil.which("libreoffice")
    if not found or not Path(found).exists():
        return None
    program = Path(found).resolve().parent / "soffice.bin"
    return program if program.exists() else None


def recognition_program() -> Path | None:
    """tesseract, where it is installed."""
    found = settings.TESSERACT or shutil.which("tesseract")
    return Path(found) if found and Path(found).exists() else None


def office_to_pdf(path: Path, folder: str) -> Path:
    """Make a PDF of an office file whose name has its true extension; `folder` is the child's own. CannotConvert."""
    profile = Path(folder) / "profile"
    shutil.copytree(_furnished_profile(), profile)
    _run_office(profile, ["--convert-to", "pdf", "--outdir", folder, str(path)], folder)
    made = path.with_suffix(".pdf")
    if not made.exists():
        raise CannotConvert("no PDF came out")
    return made


def _furnished_profile() -> Path:
    """LibreOffice's own settings after its first start, made once; every run gets a copy that is thrown away."""
    items = "".join(_SETTING.format(*setting) for setting in _SETTINGS)
    made_for = hashlib.sha256(f"{items} {office_program()} {office_program().stat().st_mtime}".encode()).hexdigest()
    kept = settings.DATA_DIR / f"office-profile-{made_for[:12]}"
    if kept.exists():
        return kept
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix="office-") as folder:
        profile = Path(folder) / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(
            '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
            f"{items}</oor:items>"
        )
        _run_office(profile, ["--terminate_after_init"], folder)
        with suppress(OSError):  # another worker was quicker
            profile.rename(kept)
    return kept


def _run_office(profile: Path, arguments: list[str], folder: str) -> None:
    options = ["--headless", "--norestore", "--nologo", "--nolockcheck", "--nodefault", "--nofirststartwizard"]
    options += [f"-env:UserInstallation=file://{profile}", *arguments]
    for is_second in (False, True):
        try:
            run_limited(str(office_program()), options, work_dir=folder, limits=OFFICE, env=_NO_SCREEN)
            return
        except LimitReached as fault:
            if fault.code != _START_AGAIN or is_second:
                raise CannotConvert(str(fault)) from None


def recognise(picture: Path, folder: str, dpi: int) -> tuple[str, Path]:
    """The text of a picture of a page, and a PDF of the same size that holds nothing but this text. CannotConvert."""
    base = Path(folder) / "read"
    arguments = [str(picture), str(base), "-l", LANGUAGE, "--dpi", str(dpi), "-c", "textonly_pdf=1", "pdf", "txt"]
    try:
        run_limited(
            str(recognition_program()), arguments, work_dir=folder, limits=RECOGNITION, env={"OMP_THREAD_LIMIT": "1"}
        )
    except LimitReached as fault:
        raise CannotConvert(str(fault)) from None
    layer = base.with_suffix(".pdf")
    if not layer.exists():
        raise CannotConvert("no text came out")
    return base.with_suffix(".txt").read_text(errors="replace"), layer


@lru_cache(maxsize=4)
def _languages(program: str) -> tuple[str, ...]:
    try:
        answer = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(answer.stdout.split())

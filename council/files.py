"""Files that belong to no row: what is left when the transaction of an upload failed after the bytes were written."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from django.apps import apps
from django.core.files.storage import default_storage
from django.db.models import FileField
from django.utils import timezone

from council import audit
from council.models import MailAttachment

KEEP = timedelta(days=7)  # a change may be under way, or an older database just restored beside newer files

# Files whose names follow from their rows instead of standing in them: told by the room that stores them.
_more_names: list[Callable[[], Iterable[str]]] = []


def register_names(names: Callable[[], Iterable[str]]) -> Callable[[], Iterable[str]]:
    """Add who tells the names of further files that are in use."""
    _more_names.append(names)
    return names


def sweep() -> list[str]:
    """Delete every stored file that no row names and that is older than `KEEP`; gives their names."""
    known = set(names_in_rows())
    swept = [name for name in stored_names() if name not in known and _age_of(name) > KEEP]
    for name in swept:
        default_storage.delete(name)
    if swept:
        audit.record(None, "council.files-swept", data={"files": len(swept), "first": swept[:20]})
    return swept


def names_in_rows() -> Iterator[str]:
    """The names of all files that some row holds."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, FileField):
                yield from model._base_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True)
    yield from MailAttachment.objects.exclude(stored_as="").values_list("stored_as", flat=True)
    for names in _more_names:
        yield from names()


def stored_names(folder: str = "") -> Iterator[str]:
    """The names of all files in storage, folder by folder."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored
        return
    for name in files:
        yield f"{folder}/{name}" if folder else name
    for name in folders:
        yield from stored_names(f"{folder}/{name}" if folder else name)


def _age_of(name: str) -> timedelta:
    written: datetime = default_storage.get_modified_time(name)
    return timezone.now() - written

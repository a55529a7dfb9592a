"""Who a reader is, in words: for watermarks, for the list of downloads."""

from collections.abc import Callable

# A room above knows strangers by name: the bearer of a card on the table.
_names: list[Callable[[object], str]] = []


def register_name(rule: Callable[[object], str]) -> Callable[[object], str]:
    """Add who tells the name of a stranger ("" for one that is not known)."""
    _names.append(rule)
    return rule


def name_of(user) -> str:
    """A reader's name: of the account, else of the card that a stranger brought, else ""."""
    if user.is_authenticated:
        return user.get_full_name() or user.get_username()
    for rule in _names:
        if said := rule(user):
            return said
    return ""

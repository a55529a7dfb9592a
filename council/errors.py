"""What a service refuses with. Views and the API turn these into 403, 409 and 422 in words."""


class HouseError(Exception):
    """Base of the refusals; `message` is a sentence for the person who asked."""

    def __init__(self, message: str = ""):
        super().__init__(message)
        self.message = message


class NotAllowed(HouseError):
    """The person may not do this (403)."""


class WrongState(HouseError):
    """The thing is not in a state in which this can happen (409)."""


class BadInput(HouseError):
    """The input cannot be used (422); `faults` lists each fault in words."""

    def __init__(self, message: str = "", faults: list | None = None):
        super().__init__(message)
        self.faults = faults or []

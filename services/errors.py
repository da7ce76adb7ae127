"""Errors that know their meaning. Only the edge (directory/, deploy/cli) turns them into codes."""

import re

_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class LabdirError(Exception):
    """What went wrong and what to do about it, in words a person can act on."""

    def __init__(self, what: str, remedy: str = "") -> None:
        # words of strangers stand in it: what nobody can store is shown as missing
        what, remedy = (_UNWRITABLE.sub("\ufffd", said) for said in (what, remedy))
        super().__init__(f"{what} {remedy}".strip())
        self.what = what
        self.remedy = remedy


class SettingsError(LabdirError):
    """A setting is unknown, missing or of the wrong form."""


class NotFound(LabdirError):
    """The thing asked for is not in the directory."""


class BadQuestion(LabdirError):
    """The question cannot be read: names the parameter and what it takes."""


class Unauthorized(LabdirError):
    """Nobody has said who asks, or the secret opens nothing."""


class Forbidden(LabdirError):
    """Whoever asks is known and may not do this, or the request may be another site's doing."""


class Conflict(LabdirError):
    """The request is right and does not go with how things stand: a name taken, a limit reached."""


class Damaged(LabdirError):
    """What is stored is not what was issued or fetched: its hash, which is named, differs."""


class FetchError(LabdirError):
    """The publisher's bytes could not be had. Old data stand."""


class Unreadable(LabdirError):
    """The bytes are not what this source publishes. The run is refused."""


class Refused(LabdirError):
    """A run was held against its expectations and not published.

    ``reasons``: one sentence each, in words that a steward understands.
    """

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class LeaseLost(LabdirError):
    """Another worker holds this run now; whatever was prepared is dropped."""

"""Trouble with the situation (not with an artifact): what was found, and what to do next."""


class PluginkitError(Exception):
    """A command could not do its work: bad configuration, stale lock, missing tool (exit status 2)."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:
            self.add_note(f"hint: {hint}")  # for who sees a traceback: of the build hook, or of a host


class StaleLockError(PluginkitError):
    """The lock no longer describes the workspace."""

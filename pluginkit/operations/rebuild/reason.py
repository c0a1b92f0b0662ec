"""Why an artifact was not reproduced, as far as that is known. Plain, frozen, no I/O."""

from __future__ import annotations

from pluginkit.core.frozen import record


@record
class Reason:
    """One thing that an artifact depends on and should not, or of which it has another one."""

    name: str
    """As in `the time zone`."""
    proof: str
    """How that is known."""
    hint: str
    """What to do about it."""

    def __str__(self) -> str:
        return f"{self.name}: {self.proof}"


UNKNOWN = Reason(
    "not found",
    "here the build gives the same bytes in other directories, locales and time zones, with other modes and names",
    "build where the release was built, as in the same container image, and compare the two builds",
)
OF_BYTES = {
    "line endings": Reason(
        "line endings",
        "the file is the same but for them",
        "check out with the line endings of the repository: `git config core.autocrlf false`, or name them in "
        ".gitattributes",
    ),
    "file modes": Reason(
        "file modes",
        "the files are the same but for them",
        "check out with the modes of the repository: `git config core.fileMode true`",
    ),
    "C compiler": Reason(
        "another C compiler",
        "each of them writes its name into what it makes",
        "build with the C compiler of the release, as in the same container image",
    ),
}
"""By the cause that a `Difference` proves."""

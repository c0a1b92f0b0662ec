"""Whether a file is one that nobody but this user, or root, can have written.

Code and verdicts come from what is kept in caches, so it is judged as OpenSSH judges `authorized_keys` (StrictModes):
the file, and each directory from the root of the cache down to it, belongs to this user or to root, and nobody else
can write to it. A group can where it is the user's own: the primary group, named like the user, without other members.
Debian's OpenSSH accepts that too, because a umask of 002, which goes with such groups, makes every file like that. git
looks at the owner alone. Others can write to a sticky directory such as /tmp, but replace nothing in it that is not
theirs. Access lists show in the group's bits, which are then their mask. Windows has other means: nothing is checked.

It imports nothing that takes time: a host asks it at each start.
"""

from __future__ import annotations

import os
import stat

from pluginkit.core.notices import note

_OTHERS = 0o022


def is_ours(path: str, top: str, *, owner: int = 0) -> bool:
    """Return whether only this user, root or the user `owner` can have written `path`, and what it lies in up to `top`.

    `top` is a directory above `path`, or `path` itself. What is not there was written by nobody. A warning that names
    what is ignored, and the command that mends it, is noted where the answer is no.
    """
    if os.name == "nt":
        return True
    place = path
    while True:
        reason = _reason(place, owner)
        if reason:
            note(f"{place} is ignored: {reason}", _mended_by(place, owner))
            return False
        if len(place) <= len(top):
            return True
        place = os.path.dirname(place)  # noqa: PTH120 - pathlib takes longer to import than all this


def is_private(found: os.stat_result, *, owner: int = 0) -> bool:
    """Return the same of one file or directory whose stat was `found`, and note nothing."""
    return os.name == "nt" or (_is_trusted(found, owner) and not _writers(found))


def _reason(place: str, owner: int) -> str:
    """Return who else can have written what lies at a place; empty where nobody can."""
    try:
        found = _found(place, owner)
    except (OSError, ValueError):
        return ""
    if not _is_trusted(found, owner):
        return f"it belongs to {_user(found.st_uid)}"
    writers = _writers(found)
    return f"{writers} can write to it" if writers else ""


def _found(place: str, owner: int) -> os.stat_result:
    """Return the stat of what lies at a place; of a link that somebody else made its own: it leads where they want."""
    found = os.lstat(place)
    is_link = stat.S_ISLNK(found.st_mode)
    return os.stat(place) if is_link and _is_trusted(found, owner) else found  # noqa: PTH116


def _is_trusted(found: os.stat_result, owner: int) -> bool:
    return found.st_uid in (os.geteuid(), 0, owner)


def _writers(found: os.stat_result) -> str:
    mode = found.st_mode
    if not mode & _OTHERS or (stat.S_ISDIR(mode) and mode & stat.S_ISVTX):
        return ""
    if mode & stat.S_IWOTH:
        return "everybody"
    return "" if _is_own_group(found.st_gid) else "its group"


def _is_own_group(gid: int) -> bool:
    import grp
    import pwd

    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    return user.pw_gid == gid and group.gr_name == user.pw_name and {*group.gr_mem} <= {user.pw_name}


def _user(uid: int) -> str:
    import pwd

    try:
        return f"the user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"the user {uid}"


def _mended_by(place: str, owner: int) -> str:
    """Return the command after which a place counts: its contents may be anybody's, so that files have to go."""
    import shlex

    named = shlex.quote(place)
    found = _found(place, owner)
    if not stat.S_ISDIR(found.st_mode):
        return f"`rm -f {named}`"
    if found.st_uid == os.geteuid():
        return f"`chmod go-w {named}`"
    return f"`mv {named} {shlex.quote(place + '.ignored')}`"

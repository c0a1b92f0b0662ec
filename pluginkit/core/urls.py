"""URLs as they are shown and kept."""

from urllib.parse import urlsplit, urlunsplit

SERVERS = ("http://", "https://")
"""How URLs begin that a web server answers."""


def without_credentials(url: str) -> str:
    """Return a URL without user, password and query, any of which may be a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a URL that cannot be read"
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))


def shown(place: str) -> str:
    """Return a path as it is, and a URL without what may be secret."""
    return without_credentials(place) if "://" in place else place


def with_credentials(url: str, given: str) -> str:
    """Return a URL with the user and password of another one, where both are of one server; else as it is."""
    try:
        parts, others = urlsplit(url), urlsplit(given)
        same = origin(url) == origin(given)
    except ValueError:
        return url
    if not same or "@" in parts.netloc or "@" not in others.netloc:
        return url
    return urlunsplit(parts._replace(netloc=f"{others.netloc.rpartition('@')[0]}@{parts.netloc}"))


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of a URL. Raises ValueError where it has none that can be read."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)

"""Artifacts on servers: those that an index, a page with links or a release names, read in parts or fetched whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

from pluginkit.backends.download import download
from pluginkit.backends.inspectors import suffixes
from pluginkit.backends.python.index.pages import ACCEPT, MAX_SIZE, Link, Page, read_page
from pluginkit.backends.python.index.parts import Excerpt, spelled
from pluginkit.backends.python.index.wheels import OnServer, Source, inspect_remote
from pluginkit.backends.web import Answer, get
from pluginkit.core.digest import sha256
from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import beside, discard, rename
from pluginkit.core.frozen import replace
from pluginkit.core.names import normalize
from pluginkit.core.release import MAX_SIZE as MAX_RELEASE
from pluginkit.core.release import NAME, parse_release
from pluginkit.core.urls import SERVERS, with_credentials, without_credentials
from pluginkit.operations.fleet.candidates import Candidate, Reading
from pluginkit.operations.fleet.local import candidates_at, language_of, name_of
from pluginkit.stages.verify import read_artifacts
from pluginkit.store.directory import cache_directory
from pluginkit.store.memory import recall, remember

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from pluginkit.core.trust import Trust

    T = TypeVar("T")
    R = TypeVar("R")

_THREADS = 16
"""Requests at a time."""
_MOST_PROJECTS = 5_000
_KIND = "fleet/excerpts/part"


class Remote:
    """What a run does with servers."""

    def __init__(self, plugins: Sequence[str], *, whole: bool, note: Callable[[str], None]) -> None:
        """Look for plugins whose names match one of the patterns, all without; fetch wheels `whole`, or in parts."""
        self._patterns, self.whole, self._note = [normalize(one) for one in plugins], whole, note

    def candidates_at(self, url: str) -> Iterator[Candidate]:
        """Yield the artifacts that are at a URL, or that the page there names. Raises PluginkitError."""
        path = urlsplit(url).path
        if path.endswith(f"/{NAME}"):
            yield from map(self._candidate, self._release(url))
        elif is_artifact(path):
            file = path.rpartition("/")[2]
            yield self._candidate(Link(url.partition("#")[0], file, url.partition("#sha256=")[2]))
        else:
            yield from map(self._candidate, self._links(url))

    def page(self, data: bytes, content_type: str, url: str) -> Iterator[Candidate]:
        """Yield the artifacts that a page on this machine names: there, or on servers."""
        for one in self._usable(read_page(data, content_type, url), local=True):
            yield from self._beside(one) if one.url.startswith("file:") else [self._candidate(one)]

    def _beside(self, link: Link) -> Iterator[Candidate]:
        return candidates_at(Path(url2pathname(urlsplit(link.url).path)))

    def _links(self, url: str) -> Iterator[Link]:
        page = self._page(url)
        if page.files or not page.projects:
            yield from self._usable(page)
            return
        wanted = [(name, place) for name, place in dict(page.projects).items() if self._matches(name)]
        if len(wanted) > _MOST_PROJECTS:
            raise PluginkitError(
                f"{without_credentials(url)} has {len(wanted)} projects, at most {_MOST_PROJECTS} are looked through",
                hint="say which with --plugin, as in `--plugin 'acme-*'`",
            )
        for page in _in_threads(self._page, [place for _, place in wanted]):
            yield from self._usable(page)

    def _page(self, url: str) -> Page:
        answer = _fetched(url, {"Accept": ACCEPT}, MAX_SIZE)
        page = read_page(answer.body, answer.headers.get("Content-Type", ""), answer.url)
        return Page(
            tuple(replace(one, url=with_credentials(one.url, url)) for one in page.files),
            tuple((name, with_credentials(place, url)) for name, place in page.projects),
        )

    def _usable(self, page: Page, *, local: bool = False) -> Iterator[Link]:
        schemes = (*SERVERS, "file:") if local else SERVERS
        yanked = [one.file for one in page.files if one.yanked]
        for file in yanked:
            self._note(f"{file} is yanked: left out")
        found = (one for one in page.files if not one.yanked and one.url.startswith(schemes))
        yield from (one for one in found if self._matches(name_of(one.file)))

    def _release(self, url: str) -> Iterator[Link]:
        answer = _fetched(url, {}, MAX_RELEASE)
        for one in parse_release(answer.body, Path(without_credentials(url)).parent).artifacts:
            if one.kind == "plugin":
                yield Link(urljoin(url, one.file), one.file.rpartition("/")[2], one.sha256)

    def _matches(self, name: str) -> bool:
        return not self._patterns or any(fnmatchcase(normalize(name), pattern) for pattern in self._patterns)

    def _candidate(self, link: Link) -> Candidate:
        shown, language = without_credentials(link.url), language_of(link.file)
        identity = f"sha256:{link.sha256}{' whole' if self.whole else ''}" if link.sha256 else ""
        whole = self.whole or language != "python"
        fetch = partial(download, link.url, sha256=link.sha256)
        one = (
            Whole(fetch, link.file, shown, link.sha256, link.url)
            if whole
            else InParts(OnServer(link.url), link.file, shown, link.sha256)
        )
        return Candidate(shown, identity, name_of(link.file), language, one.read, one.prepare)


def _fetched(url: str, headers: Mapping[str, str], most: int) -> Answer:
    """Return what is at a URL. Raises PluginkitError where the server does not give it."""
    answer = get(url, headers, most=most)
    if answer.status != 200:
        raise PluginkitError(f"cannot fetch {without_credentials(url)}: the server answers {answer.status}")
    return answer


class Whole:
    """An artifact that is fetched to the cache."""

    def __init__(self, fetch: Callable[[Path], object], file: str, subject: str, digest: str, mark: str) -> None:
        """Let `fetch` write it to a path; `digest` (hex) says which bytes it has, and `mark` where it is from."""
        self._fetch, self._file, self._subject = fetch, file, subject
        self._digest, self._mark = digest, mark
        self._trouble = ""

    def prepare(self) -> None:
        """Fetch it, unless the very bytes are there."""
        place = self._place()
        if self._digest and place.is_file():
            return
        fresh = beside(place)
        try:
            self._fetch(fresh)
            rename(fresh, place)
        except PluginkitError as error:
            discard(fresh)
            self._trouble = error.message

    def read(self, trust: Trust | None) -> Reading:
        """Read what was fetched."""
        if self._trouble:
            return Reading(None, unread=self._trouble)
        place = self._place()
        (one,) = read_artifacts(place, trust=trust)
        digest = f"sha256:{self._digest or sha256(place.read_bytes()).removeprefix('sha256:')}"
        return Reading(replace(one, subject=self._subject), digest)

    def _place(self) -> Path:
        key = self._digest or sha256(self._mark.encode()).removeprefix("sha256:")
        return cache_directory() / "fleet" / "files" / key / self._file


class InParts:
    """A wheel of which parts are fetched."""

    def __init__(self, source: Source, file: str, subject: str, sha256: str, mark: str = "") -> None:
        """Fetch from a source; `sha256` (hex) or else `mark` says when it has the same bytes as before."""
        self._source, self._file, self._subject = source, file, subject
        self._digest, self._key = f"sha256:{sha256}" if sha256 else "", sha256 or mark
        self._excerpt: Excerpt | None = None
        self._unread = ""

    def prepare(self) -> None:
        """Fetch what it takes to judge it, unless that was fetched before, and remember it."""
        self._excerpt = self._known()
        if self._excerpt is None:
            found = inspect_remote(self._source, self._file, self._subject, None)
            self._excerpt, self._unread = found.excerpt, found.unread
            if self._excerpt and self._key:
                remember(_KIND, (self._key,), spelled(self._excerpt))

    def read(self, trust: Trust | None) -> Reading:
        """Read it; what was fetched is not fetched again."""
        if self._unread:
            return Reading(None, self._digest, self._unread)
        found = inspect_remote(self._source, self._file, self._subject, trust, self._excerpt)
        return Reading(found.evidence, self._digest, found.unread, found.unchecked)

    def _known(self) -> Excerpt | None:
        value = recall(_KIND, (self._key,)) if self._key else None
        try:
            size, parts = value or (0, ())
            return Excerpt(size, tuple((start, data) for start, data in parts)) if parts else None
        except (TypeError, ValueError):
            return None


def is_artifact(path: str) -> bool:
    """Return whether a path or URL is called as artifacts are."""
    return path.endswith(suffixes())


def prepared(candidates: Sequence[Candidate]) -> None:
    """Fetch what is to be read of artifacts on servers, many at a time."""
    waiting = [one.prepare for one in candidates if one.prepare]
    if waiting:
        _in_threads(lambda prepare: prepare(), waiting)


def _in_threads(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(work, items))

"""The file names of extension modules, compared with the compatibility tags of the artifact (PEP 3149, PEP 425)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pluginkit.core.frozen import record

_SUFFIX = (
    r"\.(?:cpython-(?P<cp>[0-9]+)(?P<flags>[a-z]*)(?P<triplet>-[\w-]+)?|(?P<abi3>abi3)|(?P<pypy>pypy[0-9_]*-[\w-]+))\.so"
    r"|\.(?:cp(?P<windows>[0-9]+)(?P<windows_flags>[a-z]*)|(?P<windows_pypy>pypy?[0-9_]+\w*|pp[0-9]+\w*))-(?P<win>win\w+)\.pyd"
)
_MACHINES = {
    "x86_64": ("x86_64",),
    "i686": ("i386", "i686"),
    "i586": ("i386", "i586"),
    "aarch64": ("aarch64",),
    "armv7l": ("arm",),
    "armv6l": ("arm",),
    "ppc64le": ("powerpc64le", "ppc64le"),
    "ppc64": ("powerpc64", "ppc64"),
    "s390x": ("s390x",),
    "riscv64": ("riscv64",),
    "loongarch64": ("loongarch64",),
}
"""Of platform tags of Linux, and how the triplets of suffixes spell each."""


@record
class Unfit:
    """An extension module that one of the interpreters which the tags promise cannot import."""

    path: str
    tag: str
    runs: bool
    """The interpreter is the tag's, and the platform another."""

    @property
    def is_general(self) -> bool:
        """True where the tag promises any Python 3 or any platform: where it was built, it can be imported."""
        return self.tag.startswith("py") or self.tag.endswith("-any")


def unfit_extensions(files: Iterable[str], tags: Sequence[str]) -> Iterator[Unfit]:
    """Yield the extension modules that one of `tags` can import in none of their forms, with the first such tag.

    Only names that say what they are for count, as `.cpython-311-x86_64-linux-gnu.so` and `.abi3.so` do.
    """
    forms: dict[str, list[tuple[str, re.Match[str] | None]]] = {}
    for path in files:
        if path.endswith((".so", ".pyd")):
            directory, _, file = path.rpartition("/")
            stem, dot, rest = file.partition(".")
            forms.setdefault(f"{directory}/{stem}", []).append((path, re.fullmatch(_SUFFIX, f"{dot}{rest}")))
    if not forms:
        return
    sources = {path.removesuffix(".py") for path in files if path.endswith(".py")}
    for base, found in forms.items():
        named = [(path, suffix) for path, suffix in found if suffix]
        if len(named) < len(found) or base.lstrip("/") in sources or not base.rpartition("/")[2].isidentifier():
            continue
        unfit = next((tag for tag in tags if not any(_fits(suffix, tag) for _, suffix in named)), "")
        if unfit:
            path, suffix = named[0]
            yield Unfit(path, unfit, _runs(suffix, *_parts(unfit)[:2]))


def _fits(suffix: re.Match[str], tag: str) -> bool:
    """Return whether the interpreters of a tag may import a file with that suffix; true where that is not known."""
    interpreter, abi, platform = _parts(tag)
    return _runs(suffix, interpreter, abi) and _is_for(suffix, platform)


def _parts(tag: str) -> tuple[str, str, str]:
    interpreter, _, rest = tag.partition("-")
    abi, _, platform = rest.partition("-")
    return interpreter, abi, platform


def _runs(suffix: re.Match[str], interpreter: str, abi: str) -> bool:
    own, flags = suffix["cp"] or suffix["windows"], suffix["flags"] or suffix["windows_flags"] or ""
    if interpreter.startswith("pp"):
        return not own and not suffix["abi3"]
    if not interpreter.startswith("cp"):
        return not (interpreter.startswith("py") and own)
    if suffix["pypy"] or suffix["windows_pypy"]:
        return False
    if not own:
        return True
    if own != interpreter[2:] or abi == "abi3":
        return False
    return abi == "none" or ("t" in flags) == abi.endswith("t")


def _is_for(suffix: re.Match[str], platform: str) -> bool:
    if platform == "any":
        return False
    if platform.startswith("win"):
        return suffix["win"] in (None, platform) and bool(suffix["win"])
    if suffix["win"]:
        return False
    triplet = (suffix["triplet"] or "").strip("-")
    if platform.startswith("macosx"):
        return triplet in ("", "darwin")
    if "linux" not in platform or not triplet:
        return True
    machine = next((names for tag, names in _MACHINES.items() if platform.endswith(f"_{tag}")), ())
    return "linux" in triplet and (not machine or triplet.partition("-")[0] in machine)

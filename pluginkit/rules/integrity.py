"""PK1: the bytes are what they claim to be."""

from collections.abc import Iterable

from pluginkit.core.toolkit import REMEDY
from pluginkit.rules.rule import Case, Problem, defects, rule


@rule("PK101", "unreadable-artifact")
def unreadable_artifact(case: Case) -> Iterable[Problem]:
    """Refuse a file that cannot be read as an artifact.

    **What.** It is missing bytes, empty, not a regular file, or no archive of the expected kind.

    **Why.** What cannot be read cannot be checked, and the verifier fails closed: no other rule is consulted.

    **Example.**

        PK101 dist/filter-1.0.0-py3-none-any.whl: no end-of-archive record
          hint: fetch or copy the file again, or rebuild it: `pluginkit build filter`

    **Fix.** Fetch the file again; a copy that stopped half-way is the usual cause. Otherwise build it anew.
    """
    yield from defects("PK101", "fetch or copy the file again, or rebuild it: {rebuild}")(case)


@rule("PK102", "unsafe-archive")
def unsafe_archive(case: Case) -> Iterable[Problem]:
    """Refuse an archive that readers may read differently, or that writes or loads where it must not.

    **What.** Go: a search path (RPATH, RUNPATH) that is relative, so that the working directory decides which library
    is loaded. Python: bytes around the archive, one name twice, names that climb (`../x`), differ only in case or are
    reserved on some system, symlinks, encrypted or oversized entries, headers that contradict each other, and files
    that act by merely being installed: `.pth` and `.start` files at the import root (also `-nspkg.pth`, which
    setuptools writes for `namespace_packages`), `sitecustomize.py`, bytecode (`.pyc`), scripts named `python`. Read is
    what writers of wheels add without a second meaning: times and owners, sizes in 64 bits, data descriptors, empty
    directories.

    **Why.** An installer and a verifier that read one file differently are how a checked file installs unchecked
    code. No other rule is consulted, since their findings would be guesses. A `.pth` file, and since Python 3.15 a
    `.start` file (PEP 829), runs code at every start of the interpreter, even when no plugin is loaded; bytecode is
    code that nobody can review.

    **Example.**

        PK102 greeter-1.0.0-py3-none-any.whl: the entry 'greeter/__init__.py' stands twice
          hint: rebuild it with a build backend as it comes, and do not edit the archive: `pluginkit build greeter`

    **Fix.** Build the wheel anew and leave the archive alone. If you did not make the file, do not install it. Use
    native namespace packages (PEP 420), and leave `__pycache__`, `.pth` and `.start` files out of the wheel.
    """
    hint = "rebuild it with a build backend as it comes, and do not edit the archive: {rebuild}"
    yield from defects("PK102", hint)(case)


@rule("PK103", "record-mismatch")
def record_mismatch(case: Case) -> Iterable[Problem]:
    """Refuse files that are not those RECORD lists.

    **What.** A hash or size differs from its row, a file has no row, a row has no file, a row stands twice, or a
    row has no sha256, sha384 or sha512 in urlsafe base64 without padding. All such files are one finding, with the
    list. In a release: a wheel that it only brings along, as that of pluginkit itself, is not the one that
    `release.json` names.

    **Why.** RECORD is the wheel's own table of contents. When it disagrees, somebody changed a file after the build.

    **Example.**

        PK103 filter-1.0.0-py3-none-any.whl: filter/__init__.py is not the file RECORD lists
          found     sha256=Zm9v...   expected  sha256=YmFy...
          hint: change the source, not the wheel, and rebuild it: `pluginkit build filter`

    **Fix.** Make the change in the source and build again.
    """
    hint = "change the source, not the wheel, and rebuild it: {rebuild}"
    if case.evidence.vendored:
        hint = "copy the release again from where it was made, or build it again: `pluginkit build`"
    yield from defects("PK103", hint)(case)


@rule("PK104", "payload-mismatch")
def payload_mismatch(case: Case) -> Iterable[Problem]:
    """Refuse an artifact that is not the one its stamp was made for.

    **What.** The digest over everything but the stamp differs from the `payload` the stamp records.

    **Why.** Catches what RECORD does not: a file changed together with its row, or a stamp taken from another
    wheel. A stamp is self-asserted: this finds careless edits, not an attacker who rewrites the stamp too.

    **Example.**

        PK104 filter-1.0.0-py3-none-any.whl: its contents are not those it was stamped with
          found     sha256:77ab...   expected  sha256:1c02...
          hint: stamp as the last step, nothing may edit the artifact afterwards; rebuild it: `pluginkit build filter`

    **Fix.** Run tools that rewrite wheels (auditwheel, repair scripts) before the stamp is set, or rebuild.
    """
    hint = "stamp as the last step, nothing may edit the artifact afterwards; rebuild it: {rebuild}"
    yield from defects("PK104", hint)(case)


@rule("PK105", "metadata-mismatch")
def metadata_mismatch(case: Case) -> Iterable[Problem]:
    """Refuse an artifact whose file name, metadata and stamp name different things.

    **What.** Name, version or tags differ between the file's name, its `.dist-info` and its stamp, a field that may
    stand once stands twice, or there are two `.dist-info` directories. Go: the stamp names another kind, language, Go
    version, tags or mode than the file has: `.so` is `plugin`, `.plugin` is `subprocess`, `.wasm` is `wasm`.

    **Why.** Installers go by the file's name, the host by the metadata, pluginkit by the stamp. They must agree on
    what it is before anything can be said about it.

    **Example.**

        PK105 filter-1.0.0-py3-none-any.whl: METADATA names another distribution
          found     transform   expected  filter
          hint: do not rename artifacts; rebuild it: `pluginkit build filter`

    **Fix.** Never rename a wheel; change name and version in `pyproject.toml` and rebuild.
    """
    yield from defects("PK105", "do not rename artifacts; rebuild it: {rebuild}")(case)


@rule("PK106", "other-pluginkit")
def other_pluginkit(case: Case) -> Iterable[Problem]:
    """Refuse an environment in which another distribution has overwritten pluginkit itself, or was overwritten by it.

    **What.** A distribution called `pluginkit` is installed beside `pluginkit-toolchain`. Both bring an import package
    `pluginkit`, and installers write one over the other without a word.

    **Why.** The host's loader is `pluginkit.runtime`. Where files of two projects are mixed, nobody knows which loader
    a host gets, nor whether it starts. `pluginkit` on the public index is an unrelated project.

    **Example.**

        PK106 .venv: pluginkit 1.2 is installed beside pluginkit-toolchain: both bring an import package pluginkit, ...
          hint: `pip uninstall pluginkit`, then `pip install --force-reinstall --no-deps pluginkit-toolchain` from ...

    **Fix.** Uninstall `pluginkit`, then install `pluginkit-toolchain` anew: uninstalling took files of it away. Look
    for what required `pluginkit`; a requirement of this project is spelled `pluginkit-toolchain`.
    """
    yield from defects("PK106", REMEDY)(case)

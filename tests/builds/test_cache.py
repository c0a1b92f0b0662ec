"""The cache: artifacts come back bit for bit, or are built again."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from gorepo import go_monorepo
from monorepo import PLUGIN, edit, monorepo, settle, write
from processes import cache_beside

from pluginkit.cli import main
from pluginkit.store.blobs import Blobs
from pluginkit.store.pruning import prune

SOURCE = "plugins/filter/acme_filter/__init__.py"


def contents(root: Path) -> dict[str, str]:
    paths = sorted(path for path in (root / "dist/").rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def forget(root: Path) -> None:
    shutil.rmtree(root / ".pluginkit")
    (root / "dist").unlink()


def no_process(monkeypatch) -> None:
    def refuse(command, *_arguments, **_options):
        raise AssertionError(f"started {command}")

    monkeypatch.setattr(subprocess, "run", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_deleted_outputs_come_from_the_cache_and_no_backend_runs(tmp_path, pluginkit, monkeypatch, elsewhere) -> None:
    root = monorepo(tmp_path / "one")
    assert "3 artifacts built" in pluginkit("build", root).out
    before = contents(root)
    if elsewhere:
        root = shutil.copytree(root, tmp_path / "two", ignore=shutil.ignore_patterns(".pluginkit", "dist"))
    else:
        forget(root)
    no_process(monkeypatch)
    ran = pluginkit("build", root)
    assert "0 artifacts built, 3 from the cache" in ran.out, ran.err
    assert contents(root) == before


@pytest.mark.parametrize("elsewhere", [False, True])
def test_deleted_outputs_of_go_start_no_compiler(tmp_path, pluginkit, monkeypatch, elsewhere) -> None:
    root = go_monorepo(tmp_path / "one", plugins=("filter", "transform"))
    assert "3 artifacts built" in pluginkit("build", root).out
    before = contents(root)
    if elsewhere:
        root = shutil.copytree(root, tmp_path / "two", ignore=shutil.ignore_patterns(".pluginkit", "dist"))
    else:
        forget(root)
    started: list[str] = []
    original = subprocess.run

    def run(command, *arguments, **options):
        started.append(" ".join(map(str, command[:2])).rpartition("/")[2])
        return original(command, *arguments, **options)

    monkeypatch.setattr(subprocess, "run", run)
    ran = pluginkit("build", root)
    assert "0 artifacts built, 3 from the cache" in ran.out, ran.err
    assert started == ["go list"]
    assert contents(root) == before
    assert pluginkit("verify", root).status == 0


def test_deleted_artifacts_of_what_did_not_change_need_not_even_go_list(tmp_path, pluginkit, monkeypatch) -> None:
    root = go_monorepo(tmp_path)
    settle()
    assert pluginkit("build").status == 0
    pluginkit("build")
    before = contents(root)
    shutil.rmtree(root / ".pluginkit/releases")
    (root / "dist").unlink()
    no_process(monkeypatch)
    assert "2 from the cache" in pluginkit("build").out
    assert contents(root) == before


def cached(cache: Path, room: str) -> list[Path]:
    return sorted(path for path in (cache / "artifacts" / room).rglob("*") if path.is_file() or path.is_symlink())


def as_link(path: Path) -> None:
    path.rename(path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved"))


def as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def as_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def anothers(path: Path) -> None:
    others = sorted(one for one in path.parent.parent.rglob("*") if one.is_file())
    path.write_bytes(others[(others.index(path) + 1) % len(others)].read_bytes())


DAMAGE = {
    "flipped": flipped,
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "empty": lambda path: path.write_bytes(b""),
    "another's bytes": anothers,
    "a symlink": as_link,
    "a symlink to nothing": lambda path: (path.unlink(), path.symlink_to("nowhere")),
    "a pipe": as_pipe,
    "a directory": as_directory,
    "missing": lambda path: path.unlink(),
}


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> tuple[Path, Path]:
    """A workspace that was built, and the cache with its artifacts."""
    place = tmp_path_factory.mktemp("original")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLUGINKIT_CACHE_DIR", str(cache_beside(Path(os.environ["PLUGINKIT_CACHE_DIR"]), place / "cache")))
        assert main(["build", str(monorepo(place / "one"))]) == 0
    return place / "one", place / "cache/artifacts"


@pytest.mark.parametrize("room", ["cas", "ac"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_bad_entry_is_a_miss_set_aside_and_built_again(
    tmp_path, pluginkit, own_artifacts, original, damage, room
) -> None:
    root = shutil.copytree(original[0], tmp_path / "one", symlinks=True)
    shutil.copytree(original[1], own_artifacts / "artifacts")
    settle()  # what was written in the very moment of a build is not kept
    before = contents(root)
    forget(root)
    entries = cached(own_artifacts, room)
    assert len(entries) >= 3
    for path in entries:
        if path.exists():
            DAMAGE[damage](path)
    ran = pluginkit("build", root)
    assert (ran.status, contents(root)) == (0, before), ran.err
    assert "3 artifacts built" in ran.out
    bad = list((own_artifacts / "artifacts/bad").glob("*")) if damage != "missing" else []
    assert bool(bad) == (damage != "missing")
    forget(root)
    assert "3 from the cache" in pluginkit("build", root).out
    assert contents(root) == before


def test_one_bad_entry_costs_no_more_than_it_must(tmp_path, pluginkit, own_artifacts) -> None:
    root = monorepo(tmp_path / "one")
    assert pluginkit("build", root).status == 0
    before = contents(root)
    wheel = next((root / "dist").glob("acme_filter*.whl"))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    forget(root)
    flipped(own_artifacts / "artifacts/cas" / digest[:2] / digest)
    ran = pluginkit("build", root)
    assert ran.status == 0
    assert contents(root) == before


def test_outputs_are_no_links_into_the_cache(tmp_path, pluginkit, own_artifacts) -> None:
    root = monorepo(tmp_path / "one")
    assert pluginkit("build", root).status == 0
    forget(root)
    assert pluginkit("build", root).status == 0
    for wheel in (root / "dist").glob("*.whl"):
        assert not wheel.is_symlink()
        assert wheel.stat().st_nlink == 1
        wheel.write_bytes(b"edited")
    assert pluginkit("cache", "verify").status == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda root: edit(root / SOURCE, "request.body", "request.body * 2"),
        lambda root: (root / SOURCE).chmod(0o755),
        lambda root: edit(
            root / "pluginkit.toml", 'group = "acme.plugins"', 'group = "acme.plugins"\nsame-lock = true'
        ),
        lambda root: write(root / "plugins/filter", {"acme_filter/data.txt": "x"}),
        lambda root: write(root, {".gitignore": "data.txt\n"}),
        lambda root: edit(root / "plugins/filter/pyproject.toml", 'version = "1.0.0"', 'version = "1.0.1"'),
    ],
    ids=["source", "mode", "contract", "new file", "ignore file", "version"],
)
def test_other_inputs_are_another_artifact(tmp_path, pluginkit, change) -> None:
    root = monorepo(tmp_path / "one")
    assert pluginkit("build", root).status == 0
    change(root)
    forget(root)
    assert "0 artifacts built" not in pluginkit("build", root).out


def test_what_is_edited_while_it_is_built_is_not_kept(tmp_path, pluginkit, own_artifacts) -> None:
    """Even when it is put back: nobody can tell what the backend read."""
    root = monorepo(tmp_path / "one")
    assert pluginkit("lock", root).status == 0
    source = root / SOURCE
    good = source.read_bytes()
    write(root / "host", {"hatch_build.py": "", "acme_host/__init__.py": ""})
    code = (
        "from pathlib import Path\n"
        "from hatchling.builders.hooks.plugin.interface import BuildHookInterface\n"
        "class Hook(BuildHookInterface):\n"
        "    def initialize(self, version, build_data):\n"
        f"        path = Path({str(source)!r})\n"
        "        data = path.read_bytes()\n"
        "        path.write_bytes(b'class New: ...')\n"
        "        path.write_bytes(data)\n"
    )
    write(root / "host", {"hatch_build.py": code})
    with (root / "host/pyproject.toml").open("a") as file:
        file.write("\n[tool.hatch.build.hooks.custom]\n")
    ran = pluginkit("build", root)
    assert ran.status == 0, ran.err
    assert source.read_bytes() == good
    records = [path.read_bytes() for path in cached(own_artifacts, "ac")]
    assert sum(b'"inputs"' in one for one in records) == 1  # the API; the host has a hook, the filter was touched


def test_only_what_is_known_of_a_backend_is_cached(tmp_path, pluginkit, own_artifacts) -> None:
    root = monorepo(tmp_path / "one", backend="pdm")
    write(root, {"plugins/filter/pdm_build.py": "def pdm_build_initialize(context): ...\n"})
    assert pluginkit("build", root).status == 0
    assert len(cached(own_artifacts, "cas")) == 2
    forget(root)
    assert "1 artifact built, 2 from the cache" in pluginkit("build", root).out


def test_what_its_host_refused_is_not_built_again(tmp_path, pluginkit, own_artifacts) -> None:
    root = monorepo(tmp_path / "one", plugins={"filter": PLUGIN, "other": "Old = 1\n"})
    for says in ("4 artifacts built", ""):
        ran = pluginkit("build", root)
        assert (ran.status, "PK501" in ran.out, "built acme_" in ran.out) == (1, True, bool(says))
    assert not (root / "dist").exists()
    assert len(cached(own_artifacts, "cas")) == 4
    write(root, {"plugins/other/acme_other/__init__.py": PLUGIN})
    assert "1 artifact built, 3 from the cache" in pluginkit("build", root).out


def test_a_cache_that_cannot_be_written_stops_no_build(tmp_path, pluginkit, own_artifacts) -> None:
    root = monorepo(tmp_path / "one")
    (own_artifacts / "artifacts").write_text("in the way")
    assert pluginkit("build", root).status == 0
    assert pluginkit("verify", root).status == 0


def test_warnings_are_said_again(tmp_path, pluginkit) -> None:
    root = go_monorepo(tmp_path)
    code = 'package main\n\nimport "os"\n\nvar hosts, _ = os.ReadFile("/etc/hosts")\n'
    write(root, {"plugins/filter/more.go": code})
    assert "PK506" in pluginkit("build").out
    forget(root)
    ran = pluginkit("build")
    assert "from the cache" in ran.out
    assert "PK506" in ran.out


def test_the_c_compiler_is_an_input_of_go(tmp_path, pluginkit, monkeypatch) -> None:
    from pluginkit.backends.go.building import compiler

    root = go_monorepo(tmp_path)
    assert pluginkit("build").status == 0
    monkeypatch.setattr(compiler, "identity", lambda cc: "another gcc")
    assert "2 artifacts built" in pluginkit("build", "--rehash").out
    assert root.exists()


def test_cache_commands_tell_and_mend(tmp_path, pluginkit, own_artifacts) -> None:
    (own_artifacts / "environments").unlink()  # those of other tests
    root = monorepo(tmp_path / "one")
    assert pluginkit("build", root).status == 0
    assert "artifacts     3, " in pluginkit("cache", "info").out
    assert "environments  1, " in pluginkit("cache", "info").out
    assert "0 set aside" in pluginkit("cache", "verify").out
    flipped(cached(own_artifacts, "cas")[0])
    ran = pluginkit("cache", "verify")
    assert (ran.status, "1 set aside" in ran.out) == (1, True)
    assert "set aside     1" in pluginkit("cache", "info").out
    most = max(path.stat().st_size for path in cached(own_artifacts, "cas"))
    assert pluginkit("cache", "prune", "--max-size", f"{most}B").status == 0
    left = [*cached(own_artifacts, "cas"), *cached(own_artifacts, "ac")]
    assert sum(path.stat().st_size for path in left) <= most
    assert cached(own_artifacts, "bad") == []
    assert pluginkit("cache", "prune").status == 0
    assert not cached(own_artifacts, "cas") + cached(own_artifacts, "ac")
    assert list((own_artifacts / "environments").glob("[!.]*")) == []
    assert pluginkit("cache", "prune", "--max-size", "many").status == 2


@pytest.mark.parametrize("what", ["info", "prune"])
def test_what_is_about_the_whole_cache_takes_no_directory(tmp_path, pluginkit, own_artifacts, what) -> None:
    """Somebody who forgets `--max-size` should not lose it all."""
    assert pluginkit("build", monorepo(tmp_path / "one")).status == 0
    ran = pluginkit("cache", what, "2G")
    assert (ran.status, "is about the whole cache, not about 2G" in ran.err) == (2, True)
    assert cached(own_artifacts, "cas")


def test_what_was_used_last_is_pruned_last(tmp_path) -> None:
    blobs = Blobs(tmp_path / "cache")
    digests = []
    for number in range(4):
        source = tmp_path / f"{number}"
        source.write_bytes(bytes([number]) * 1000)
        digests.append(hashlib.sha256(source.read_bytes()).hexdigest())
        blobs.put(digests[-1], source)
        place = tmp_path / "cache/cas" / digests[-1][:2] / digests[-1]
        os.utime(place, (1_000_000 + number, 1_000_000 + number))
    assert blobs.get(digests[0], tmp_path / "out", mode=0o644)
    prune(blobs.kept(), 2000)
    kept = [digest for digest in digests if blobs.get(digest, tmp_path / digest, mode=0o644)]
    assert kept == [digests[0], digests[3]]


def test_without_a_home_directory_it_says_what_to_set(tmp_path, pluginkit, monkeypatch) -> None:
    """As in a container whose user has no entry in /etc/passwd."""
    for name in ("PLUGINKIT_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monorepo(tmp_path)
    for command in (["build"], ["cache", "info"]):
        ran = pluginkit(*command)
        assert (ran.status, "set PLUGINKIT_CACHE_DIR" in ran.err) == (2, True)

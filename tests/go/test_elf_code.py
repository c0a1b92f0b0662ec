"""What the machine code of real Go plugins tells: which initialisers, factories and constructors never come back."""

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from gofixtures import GoBinaries, GoTools, needs_linker, plugin_of

from pluginkit.backends.go.binary import amd64
from pluginkit.backends.go.binary.elf import MACHINES, Elf

INIT_ARRAYSZ = 27
CASES = "".join(f"\tcase {one}:\n\t\tn = {one * 7 % 13}\n" for one in range(12))
SWITCH = f"var n = 3\n\nfunc init() {{\n\tswitch n {{\n{CASES}\t}}\n}}"
INITS = [
    ("panics", 'func init() { panic("no") }', "never returns"),
    ("panics in a later init", 'func init() {}\n\nfunc init() { panic("no") }', "init.1 never returns"),
    ("panics with a formatted text", 'import "fmt"\n\nfunc init() { panic(fmt.Sprint("no", 3)) }', "never returns"),
    ("exits", 'import "os"\n\nfunc init() { os.Exit(3) }', "init.0 calls os.Exit"),
    ("logs and exits", 'import "log"\n\nfunc init() { log.Fatalf("no %d", 3) }', "init.0 calls log.Fatalf"),
    ("exits by a system call", 'import "syscall"\n\nfunc init() { syscall.Exit(3) }', "init.0 calls syscall.Exit"),
    ("waits for ever", "func init() { select {} }", "never returns"),
    ("turns for ever", "func init() { for {} }", "never returns"),
    ("may panic", 'import "os"\n\nfunc init() { if len(os.Args) > 99 { panic("no") } }', ""),
    ("may exit", 'import "os"\n\nfunc init() { if len(os.Args) > 99 { os.Exit(3) } }', ""),
    (
        "exits after an error",
        'import (\n\t"log"\n\t"os"\n)\n\nfunc init() { if _, err := os.Stat("/"); err != nil { log.Fatal(err) } }',
        "",
    ),
    ("recovers", 'func init() { defer func() { recover() }(); panic("no") }', ""),
    ("exits beside a deferred call", 'import "os"\n\nfunc init() { defer print(1); os.Exit(3) }', "calls os.Exit"),
    ("exits in a goroutine it never starts", 'import "os"\n\nvar Later = func() { os.Exit(3) }', ""),
    ("sleeps", 'import "time"\n\nfunc init() { time.Sleep(1) }', ""),
    ("switches", SWITCH, ""),
    ("compiles expressions", 'import "regexp"\n\nvar Pattern = regexp.MustCompile("a+")', ""),
    ("fills maps", "var Table = map[string]int{" + ", ".join(f'"k{one}": {one}' for one in range(200)) + "}", ""),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), [row[1:] for row in INITS], ids=[row[0] for row in INITS])
def test_an_init_is_fatal_only_where_no_way_leads_out(go: GoTools, tmp_path: Path, body: str, expected: str) -> None:
    found = plugin_of(go, tmp_path, f"package main\n\n{body}\n\nfunc New() any {{ return nil }}\n").fatal
    assert [owner for owner, _ in found] == (["acme"] if expected else [])
    assert all(expected in reason for _, reason in found)


def test_factories_that_never_return_are_known(go: GoTools, tmp_path: Path) -> None:
    source = """\
package main

import (
	"errors"
	"log"
	"os"
)

func Panics() any { panic("no") }
func Exits() any { os.Exit(1); return nil }
func Logs() any { log.Fatal("no"); return nil }
func Waits() any { select {} }
func May(n int) any {
	if n > 3 {
		panic("no")
	}
	return n
}
func Fails() (any, error) { return nil, errors.New("no") }
func Calls() any { return May(len(os.Args)) }
func Recovers() (err any) {
	defer func() { err = recover() }()
	panic("no")
}
"""
    assert plugin_of(go, tmp_path, source).exit_factories == ("Exits", "Logs", "Panics", "Waits")


@pytest.mark.matrix
def test_large_packages_of_the_standard_library_are_not_fatal(go: GoTools, tmp_path: Path) -> None:
    packages = (
        "archive/zip",
        "crypto/tls",
        "database/sql",
        "encoding/json",
        "encoding/xml",
        "go/types",
        "html/template",
    )
    packages += ("image/png", "log/slog", "math/big", "net/http", "os/exec", "regexp", "text/tabwriter", "unicode")
    imports = "".join(f'\t_ "{path}"\n' for path in packages)
    found = plugin_of(go, tmp_path, f"package main\n\nimport (\n{imports})\n\nfunc New() any {{ return nil }}\n")
    assert found.packages.keys() >= set(packages)
    assert (found.fatal, found.exit_factories) == ((), ())


C_SOURCES = [
    ("a constructor that exits", "#include <unistd.h>\n__attribute__((constructor)) static void f(void) { _exit(7); }",
     "never returns"),
    ("a constructor that aborts", "#include <stdlib.h>\n__attribute__((constructor)) static void f(void) { abort(); }",
     "never returns"),
    ("a constructor that may exit", "#include <stdlib.h>\n__attribute__((constructor)) static void f(void)"
     ' { if (getenv("PLUGINKIT_NO")) exit(7); }', "can call exit"),
    ("a harmless constructor", "static int n;\n__attribute__((constructor)) static void f(void) { n++; }", ""),
    ("a constructor and an unrelated exit", "#include <stdlib.h>\nstatic int n;\n"
     "__attribute__((constructor)) static void f(void) { n++; }\nvoid leave(void) { exit(n); }", "can call exit"),
    ("an exit without a constructor", "#include <stdlib.h>\nvoid leave(void) { exit(7); }", ""),
]  # fmt: skip


@pytest.mark.parametrize(("c", "expected"), [row[1:] for row in C_SOURCES], ids=[row[0] for row in C_SOURCES])
def test_constructors_of_c_code(go: GoTools, tmp_path: Path, c: str, expected: str) -> None:
    source = 'package main\n\n// void leave(void);\nimport "C"\n\nfunc New() any { return nil }\n'
    if "leave" in c:
        source += "\nfunc Leave() { C.leave() }\n"
    found = plugin_of(go, tmp_path, source, **{"c.c": f"{c}\n"}).fatal
    entries = Elf((tmp_path / "p.so").read_bytes()).dynamic[INIT_ARRAYSZ] // 8
    if "constructor)" in c and entries < 3:  # Go's, crtbegin's and this one
        pytest.skip("the linker here drops constructors")
    assert len(found) == bool(expected)
    assert all(expected in reason for _, reason in found)


def test_an_initialising_function_of_the_linker_is_a_constructor(go: GoTools, tmp_path: Path) -> None:
    needs_linker(go, tmp_path, "-Wl,-init,answer")
    c = "#include <unistd.h>\nvoid leave(void) { _exit(7); }\n"
    source = 'package main\n\nimport "C"\n\nfunc New() any { return nil }\n'
    found = plugin_of(go, tmp_path, source, "-ldflags=-extldflags=-Wl,-init,leave", **{"c.c": c})
    assert ["never returns" in reason for _, reason in found.fatal] == [True]


@pytest.mark.skipif(not shutil.which("objdump"), reason="no objdump")
def test_instructions_begin_and_go_where_objdump_says(go_binaries: GoBinaries) -> None:
    elf = Elf(go_binaries.plugin.read_bytes())
    if MACHINES[elf.machine] != "amd64":
        pytest.skip("x86-64 only")
    command = ["objdump", "-d", "-w", "--no-show-raw-insn", go_binaries.plugin]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    checked = 0
    for section in listing.split("Disassembly of section"):
        rows = [line.split(":\t") for line in section.splitlines() if line.startswith(" ") and ":\t" in line]
        for (address, text), (following, _) in pairwise((int(one, 16), text) for one, text in rows[:60000]):
            end, what, target = amd64.step(elf.bytes_from(address, 16), 0)
            assert (address + end, what) == (following, _expected(text)), text
            if what in (amd64.JUMP, amd64.BRANCH, amd64.CALL):
                assert f"{address + target:x}" in text
            checked += 1
    assert checked > 50000


def _expected(text: str) -> int:
    name, _, operand = text.removeprefix("bnd ").removeprefix("repz ").partition(" ")
    indirect = operand.lstrip().startswith("*")
    kinds = {
        "ret": amd64.RETURN,
        "call": amd64.CALL,
        "jmp": amd64.JUMP,
        "hlt": amd64.STOP,
        "int3": amd64.STOP,
        "ud2": 6,
    }
    if indirect:
        return amd64.UNKNOWN if name == "jmp" else amd64.SLOT if "(%rip)" in operand else amd64.FALL
    return amd64.BRANCH if name.startswith("j") and name != "jmp" else kinds.get(name, amd64.FALL)

"""What loading a plugin runs and should not, by language: rows of code, and what is found in it."""

from pathlib import Path

import pytest
from gocode import compiled, go_module, listing
from monorepo import write

from pluginkit.backends.go.building.astools import mains
from pluginkit.backends.go.building.packages import Closure, package
from pluginkit.backends.python.side_effects.scan import side_effects_of
from pluginkit.core.model import Member
from pluginkit.core.side_effect import KINDS, SideEffect

API = """
package pluginapi

type Host interface{ Log(string) }
type Plugin interface{ Name() string }
type Registry struct{}

var Default = &Registry{}
var Hook func()

func (*Registry) Add(string)           {}
func Register(string, func()) Registry { return Registry{} }
func NewError(text string) error       { return nil }
func Configure(string)                 {}

type Status int
"""

GO_IMPORTS = (
    "database/sql", "embed", "errors", "expvar", "flag", "log", "net", "net/http", "os", "os/exec", "os/signal",
    "plugin", "regexp", "sync", "text/template", "time", "acme/pluginapi",
)  # fmt: skip

GO_ACCEPTED = [
    "var word = regexp.MustCompile(`\\w+`)",
    'var page = template.Must(template.New("p").Parse("{{.}}"))',
    'var errGone, table = errors.New("gone"), map[string]int{"a": 1}',
    "var mu sync.Mutex\nfunc init() { mu.Lock(); defer mu.Unlock(); build() }\nfunc build() { _ = len(os.Args) }",
    'var level = os.Getenv("LEVEL")\nvar at = time.Now()\nfunc init() { log.Printf("ready"); println(level) }',
    "//go:embed *.go\nvar files embed.FS\nvar entries, _ = files.ReadDir(\".\")\n"
    'var _, _ = files.ReadFile("main.go")',
    'var load = func() { os.ReadFile("x"); os.Exit(1) }',
    'var once = sync.OnceValue(func() int { os.Exit(1); return 1 })',
    'func New() pluginapi.Plugin { os.ReadFile("x"); go helper(); return nil }\nfunc helper() { panic("x") }',
    'func init() { if word == nil { panic("no word") } }\nvar word = new(string)',
    'func init() { defer func() { recover() }(); panic("caught") }',
    'func init() { if len(os.Args) > 9 { return }; panic("rare") }',
    "func init() { for _, x := range []int{} { panic(x) } }",
    'var mux = http.NewServeMux()\nfunc init() { mux.HandleFunc("/", nil) }\nvar client = &http.Client{}',
    'var flags = flag.NewFlagSet("own", flag.ContinueOnError)\nvar deep = flags.Bool("x", false, "")',
    'var network = net.ParseIP("::1")\nvar command = exec.Command("ls")',
    'var errHost = pluginapi.NewError("x")\nvar good = pluginapi.Status(1)\nvar _ pluginapi.Plugin = (*own)(nil)\n'
    'type own struct{}\nfunc (own) Name() string { return "" }',
    "var registry = map[string]func(){}\nfunc register(n string, f func()) { registry[n] = f }\n"
    'func init() { register("a", nil) }',
    "type os struct{}\nfunc (os) Open(string) {}\nfunc init() { var local os; local.Open(\"x\") }",
    'func init() { os := struct{ Exit func(int) }{}; os.Exit(1) }',
    "var logger = log.New(nil, \"\", 0)\nfunc init() { logger.SetFlags(0) }",
    "func init[T any]() {}",
    "this does not parse",
]  # fmt: skip

GO_REFUSED = [
    ('var data, _ = os.ReadFile("x")', ["5 os.ReadFile file"]),
    ('func init() {\n\tf, _ := os.Open("x")\n\tf.Close()\n}', ["6 os.Open file"]),
    ('var page = template.Must(template.ParseFiles("p"))', ["5 template.ParseFiles file"]),
    ('import renamed "os"\nfunc init() { renamed.Remove("x") }', ["6 os.Remove file"]),
    ('import . "os"\nfunc init() { Remove("x") }', ["6 os.Remove file"]),
    ('var conn, _ = net.Dial("tcp", "x:1")', ["5 net.Dial network"]),
    ('func init() { (&net.Dialer{}).Dial("tcp", "x:1") }', ["5 net.Dialer.Dial network"]),
    ('func init() { http.Get("x"); http.DefaultClient.Post("x", "", nil) }',
     ["5 http.Client.Post network", "5 http.Get network"]),
    ('func init() { go http.ListenAndServe(":1", nil) }', ["5 go http.ListenAndServe background"]),
    ('func init() { http.HandleFunc("/", nil) }', ["5 http.HandleFunc registration"]),
    ('func init() { http.DefaultServeMux.Handle("/", nil) }', ["5 http.DefaultServeMux registration"]),
    ("func init() { http.DefaultClient = nil }", ["5 http.DefaultClient = ... registration"]),
    ('var out, _ = exec.\n\tCommand("ls").\n\tOutput()', ["7 exec.Cmd.Output process"]),
    ('var db, _ = sql.Open("x", "y")', ["5 sql.Open database"]),
    ('func init() { sql.Register("x", nil) }', ["5 sql.Register registration"]),
    ('var verbose = flag.Bool("v", false, "")', ["5 flag.Bool registration"]),
    ('func init() { flag.CommandLine.Bool("v", false, "") }', ["5 flag.CommandLine registration"]),
    ('var hits = expvar.NewInt("hits")', ["5 expvar.NewInt registration"]),
    ("func init() { signal.Notify(nil) }", ["5 signal.Notify registration"]),
    ("func init() { log.SetFlags(0) }", ["5 log.SetFlags registration"]),
    ('var other, _ = plugin.Open("x.so")', ["5 plugin.Open plugin"]),
    ("func init() { time.Sleep(1) }", ["5 time.Sleep wait"]),
    ("func init() { go work() }\nfunc work() {}", ["5 go main.work background"]),
    ("func init() { go func() {}() }", ["5 go func background"]),
    ('func init() { log.Fatal("x") }', ["5 log.Fatal fatal"]),
    ('func init() { if len(os.Args) > 1 { log.Fatal("x") } }', ["5 log.Fatal exit"]),
    ("func init() { if len(os.Args) > 1 { return }; os.Exit(1) }", ["5 os.Exit exit"]),
    ('func init() { panic("x") }', ["5 panic fatal"]),
    ('var x = must()\nfunc must() int { panic("x") }', ["6 panic fatal"]),
    ('func init() { log.Panicf("x") }', ["5 log.Panicf fatal"]),
    ("func init() { for { time.Sleep(1) } }", ["5 time.Sleep wait"]),
    ("func init() { func() { os.Exit(1) }() }", ["5 os.Exit fatal"]),
    ("func init() { switch { case true: os.Exit(1) } }", ["5 os.Exit exit"]),
    ('func init() { defer os.Remove("x") }', ["5 os.Remove file"]),
    ("var once sync.Once\nfunc init() { once.Do(load); once.Do(func() { os.Getwd(); os.Mkdir(\"x\", 0) }) }\n"
     'func load() { os.Stat("x") }', ["6 os.Mkdir file", "7 os.Stat file"]),
    ('type loader struct{}\nfunc (l *loader) load() *loader { os.Stat("x"); return l }\nvar l = new(loader).load()',
     ["6 os.Stat file"]),
    ('func one() { two() }\nfunc two() { one(); os.Stat("x") }\nvar _ = func() int { one(); return 1 }()',
     ["6 os.Stat file"]),
    ("func init() { both(false) }\nfunc both(b bool) { os.Exit(1) }\nvar x = maybe()\n"
     "func maybe() int { if true { both(true) }; return 1 }", ["6 os.Exit fatal"]),
    ('func generic[T any](t T) T { os.Stat("x"); return t }\nvar x = generic[int](1)', ["5 os.Stat file"]),
    ('func init() { pluginapi.Configure("x") }', ["5 pluginapi.Configure host"]),
    ('var _ = pluginapi.Register("x", nil)', ["5 pluginapi.Register host"]),
    ('var registered = pluginapi.Register("x", nil)', ["5 pluginapi.Register host"]),
    ('func init() { pluginapi.Default.Add("x") }', ["5 pluginapi.Registry.Add host"]),
    ("func init() { pluginapi.Hook = nil }", ["5 pluginapi.Hook = ... host"]),
    ('import "C"\nvar size, _ = C.size_t(1), C.puts(nil)\nfunc init() { os.Stat("x") }', ["7 os.Stat file"]),
    ('func init() { undefined.Call(); os.Stat("x" }', ["5 os.Stat file"]),
]  # fmt: skip


def go_source(code: str) -> str:
    names = {path: path.rpartition("/")[2] for path in GO_IMPORTS}
    used = [f'"{path}"' for path, name in names.items() if f"{name}." in code and f"type {name} " not in code]
    return f"package main\n\nimport ({'; '.join(used)})\n\n{code}\nfunc main() {{}}\n"


@pytest.fixture(scope="module")
def go_found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[SideEffect, ...]]:
    """Every row, examined by one run of the helper."""
    rows = [*GO_ACCEPTED, *(code for code, _ in GO_REFUSED)]
    files = {f"case{number}/main.go": go_source(code) for number, code in enumerate(rows)}
    go = go_module(tmp_path_factory.mktemp("go"), {"pluginapi/api.go": API, **files})
    cases = tuple(f"case{number}" for number in range(len(rows)))
    closure = compiled(go, *GO_IMPORTS, mains=cases)
    found = mains(go, closure, [f"acme/{case}" for case in cases], ["acme/pluginapi"])
    return {code: found[f"acme/{case}"].side_effects for case, code in zip(cases, rows, strict=True)}


def shown(side_effects: tuple[SideEffect, ...]) -> list[str]:
    assert all(side_effect.kind in KINDS for side_effect in side_effects)
    return [f"{side_effect.line} {side_effect.call} {side_effect.kind}" for side_effect in side_effects]


@pytest.mark.parametrize("code", GO_ACCEPTED)
def test_go_self_contained_setup_is_no_side_effect(go_found: dict[str, tuple[SideEffect, ...]], code: str) -> None:
    assert shown(go_found[code]) == []


@pytest.mark.parametrize(("code", "expected"), GO_REFUSED, ids=[code for code, _ in GO_REFUSED])
def test_go_side_effects(go_found: dict[str, tuple[SideEffect, ...]], code: str, expected: list[str]) -> None:
    assert shown(go_found[code]) == expected


def test_go_side_effects_name_the_file_relative_to_the_workspace(go_found: dict[str, tuple[SideEffect, ...]]) -> None:
    (found,) = go_found['var data, _ = os.ReadFile("x")']
    assert found == SideEffect(f"case{len(GO_ACCEPTED)}/main.go", 5, "os.ReadFile", "file")


def test_without_export_data_functions_are_still_known_by_their_imports(tmp_path: Path) -> None:
    code = (
        'import alias "os"\nfunc init() { alias.Stat("x"); http.Get("x") }\nfunc New() pluginapi.Plugin { return nil }'
    )
    go = go_module(tmp_path, {"plug/main.go": go_source(code)})
    closure = Closure(tmp_path, {"acme/plug": package(listing(tmp_path, "plug"))}, {})
    found = mains(go, closure, ["acme/plug"], ["acme/pluginapi"])["acme/plug"]
    assert shown(found.side_effects) == ["6 http.Get network", "6 os.Stat file"]
    assert found.names == {"New", "main"}


PYTHON_ACCEPTED = [
    "import re, logging, os, sys, typing, dataclasses, importlib.metadata\nW = re.compile('x')\n"
    "L = logging.getLogger()\n"
    "T = typing.TypeVar('T')\nV = importlib.metadata.version('x')\nE = os.environ.get('E', os.path.join('a', 'b'))",
    "from dataclasses import dataclass, field\n@dataclass\nclass R:\n    x: list = field(default_factory=list)",
    "def New():\n    open('x')\n    import subprocess\n    subprocess.run([])",
    "import sys\nif __name__ == '__main__':\n    sys.exit(main())",
    "import sys\nif sys.platform != 'x' and __name__ == '__main__':\n    sys.exit()",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    open('x')",
    "from pathlib import Path\nHERE = Path(__file__).resolve().parent / 'data'\nHOME = Path.home() / 'x'",
    "import requests, httpx, threading\nS = requests.Session()\nC = httpx.Client()\n"
    "T = threading.Thread()\nL = threading.Lock()",
    "import importlib.resources as r\nTEXT = r.files('x').joinpath('y').read_text()",
    "def open(x): ...\nopen('x')",
    "open = print\nopen('x')",
    "class A:\n    def __init__(self): self.f = 1\n    def load(self): open('x')\na = A()",
    "import sys\nif sys.version_info < (3, 11):\n    raise ImportError('too old')",
    "import time\nasync def f(): time.sleep(1)\ndef g():\n    yield time.sleep(1)\nf()\ng()\nh = lambda: time.sleep(1)",
    "from acme_api import Request, NewError, hookimpl\nE = NewError('x')\nR = Request()\nR.send()\n"
    "@hookimpl\ndef f(): ...\nclass P(Request): ...",
    "import other\nother.setup()\nprint('x')",
    "REGISTRY = {}\ndef register(f):\n    REGISTRY[f.__name__] = f\n    return f\n@register\ndef f(): open('x')",
    "def f(:",
    "(" * 5000 + ")" * 5000,
    "x = " + " + ".join(["1"] * 3000) + "\n",
]  # fmt: skip

PYTHON_REFUSED = [
    ("X = open('x').read()", ["1 open file"]),
    ("with open('x') as f:\n    X = f.read()", ["1 open file"]),
    ("from pathlib import Path\nX = Path(__file__).with_name('y').read_text()", ["2 pathlib.Path().read_text file"]),
    ("import pathlib as p\nD = p.Path('x') / 'y'\nif D.exists():\n    (D / 'z').write_bytes(b'')",
     ["3 pathlib.Path().exists file", "4 pathlib.Path().write_bytes file"]),
    ("from pathlib import Path\nX = (Path(__file__).parents[1] / 'x').open()", ["2 pathlib.Path().open file"]),
    ("import os\nos.makedirs('x')\nX = [open(y) for y in os.listdir('.')]",
     ["2 os.makedirs file", "3 open file", "3 os.listdir file"]),
    ("import socket\nS = socket.socket()", ["2 socket.socket network"]),
    ("import urllib.request\nurllib.request.urlopen('x')", ["2 urllib.request.urlopen network"]),
    ("from urllib.request import urlopen as get\nX = get('x')", ["2 urllib.request.urlopen network"]),
    ("import requests as r\nX = r.get('x').json()\nS = r.Session()\nS.get('x')",
     ["2 requests.get network", "4 requests.Session().get network"]),
    ("import httpx\nwith httpx.Client() as c:\n    c.post('x')", ["3 httpx.Client().post network"]),
    ("import subprocess\nV = (\n    subprocess\n    .check_output(['git'])\n)", ["4 subprocess.check_output process"]),
    ("import os\nos.system('x')\nos.execvp('x', [])", ["2 os.system process", "3 os.execvp process"]),
    ("import sqlite3, sqlalchemy\nA = sqlite3.connect('x')\nB = sqlalchemy.create_engine('x')",
     ["2 sqlite3.connect database", "3 sqlalchemy.create_engine database"]),
    ("import time\ntime.sleep(1)", ["2 time.sleep wait"]),
    ("import threading\nthreading.Thread(target=f).start()", ["2 threading.Thread().start background"]),
    ("from threading import Thread\nt = Thread()\nt.daemon = True\nt.start()",
     ["4 threading.Thread().start background"]),
    ("import atexit, signal\natexit.register(f)\nsignal.signal(1, f)",
     ["2 atexit.register registration", "3 signal.signal registration"]),
    ("import atexit\n@atexit.register\ndef f(): ...", ["2 atexit.register registration"]),
    ("import sys, os\nsys.path.insert(0, 'x')\nos.environ['X'] = 'y'\nsys.excepthook = f",
     ["2 sys.path.insert registration", "3 os.environ[...] = ... registration", "4 sys.excepthook = ... registration"]),
    ("import sys\nsys.exit(1)", ["2 sys.exit fatal"]),
    ("import sys\ntry:\n    import x\nexcept ImportError:\n    sys.exit(1)", ["5 sys.exit exit"]),
    ("raise SystemExit('x')", ["1 SystemExit fatal"]),
    ("raise RuntimeError('x')", ["1 raise RuntimeError fatal"]),
    ("def f():\n    g()\ndef g():\n    open('x')\n    f()\nX = f()", ["4 open file"]),
    ("def f(x=open('x')): ...", ["1 open file"]),
    ("class A:\n    data = open('x')\n    def __init__(self): self.go()\n    def go(self): open('y')\na = A()",
     ["2 open file", "4 open file"]),
    ("def cached(f): return f\n@cached\ndef load(): return open('x')\nX = load()", ["3 open file"]),
    ("import subprocess\nrun = subprocess.run\nrun([])", ["3 subprocess.run process"]),
    ("if (f := open('x')):\n    pass", ["1 open file"]),
    ("from .deep import load\nX = load()", ["deep.py 3 os.remove file"]),
    ("from . import deep as d\nX = d.load()", ["deep.py 3 os.remove file"]),
    ("import acme_plug.deep\nX = acme_plug.deep.load()", ["deep.py 3 os.remove file"]),
    ("from .deep import *\nX = load()", ["deep.py 3 os.remove file"]),
    ("from . import noisy", ["noisy.py 1 open file"]),
    ("from acme_api import register, api\nX = register('x')\napi.configure()",
     ["2 acme_api.register host", "3 acme_api.api.configure host"]),
    ("import acme_api\n@acme_api.register\nclass P: ...\nacme_api.HOOK = P",
     ["2 acme_api.register host", "4 acme_api.HOOK = ... host"]),
]  # fmt: skip

PLUG = Member("plug", "plugin", "plugins/plug", entry_points=(("acme.plugins", "plug", "acme_plug:New"),))
DEEP = {
    "deep.py": "import os\ndef load():\n    os.remove('x')\n",
    "noisy.py": "open('x')\n",
    "unused.py": "open('x')\n",
}


def python_found(root: Path, code: str, layout: str = "") -> tuple[SideEffect, ...]:
    base = f"{layout}acme_plug/"
    files = {f"{base}__init__.py": code, **{f"{base}{name}": text for name, text in DEEP.items()}}
    write(root / "plugins" / "plug", files)
    return side_effects_of(root, PLUG, [*files, "setup.py", "tests/acme_plug.py"], "acme.plugins", ["acme_api"])


@pytest.mark.parametrize("code", PYTHON_ACCEPTED, ids=[code[:60] for code in PYTHON_ACCEPTED])
def test_python_self_contained_setup_is_no_side_effect(tmp_path: Path, code: str) -> None:
    assert python_found(tmp_path, code) == ()


@pytest.mark.parametrize(("code", "expected"), PYTHON_REFUSED, ids=[code for code, _ in PYTHON_REFUSED])
def test_python_side_effects(tmp_path: Path, code: str, expected: list[str]) -> None:
    found = python_found(tmp_path, code)
    assert all(side_effect.kind in KINDS for side_effect in found)
    files = ("" if one.file.endswith("__init__.py") else one.file.rpartition("/")[2] + " " for one in found)
    assert [f"{file}{line}" for file, line in zip(files, shown(found), strict=True)] == expected


@pytest.mark.parametrize("layout", ["", "src/", "lib/python/"])
def test_python_side_effects_are_found_in_any_layout(tmp_path: Path, layout: str) -> None:
    found = python_found(tmp_path, "from .deep import load\nload()", layout)
    assert found == (SideEffect(f"plugins/plug/{layout}acme_plug/deep.py", 3, "os.remove", "file"),)


def test_what_no_entry_point_imports_is_not_run(tmp_path: Path) -> None:
    write(tmp_path / "plugins" / "plug", {"acme_plug/__init__.py": "open('x')"})
    assert side_effects_of(tmp_path, PLUG, ["acme_plug/__init__.py"], "another.group", []) == ()
    assert side_effects_of(tmp_path, PLUG, [], "acme.plugins", []) == ()

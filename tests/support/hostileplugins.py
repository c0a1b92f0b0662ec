"""Plugins whose exceptions, objects and modules are not what they seem: tiny modules by name."""

from collections.abc import Mapping

PLUGIN = """

class New:
    name = "hostile"

    def handle(self, body):
        return b"hostile:" + body
"""
"""The end of a module that would otherwise be a good one."""

_EXIT = "raise SystemExit(9)"
_LOOP = "while True: pass"


def _property(name: str, does: str) -> str:
    return f"@property\n    def {name}(self):\n        {does}"


def _raised(body: str, *, base: str = "Exception", before: str = "") -> str:
    """Return a module that raises an exception of its own making."""
    return f"{before}\n\nclass Strange({base}):\n    {body}\n\n\nraise Strange('strange')\n"


def _made(body: str, *, before: str = "", bases: str = "") -> str:
    """Return a module whose factory makes something of a class with this body."""
    return f"{before}\n\nclass Thing{bases}:\n    {body}\n{_MEMBERS}\n\ndef New():\n    return Thing()\n"


def _meta(body: str, *, raised: bool = False) -> str:
    """Return a module with a metaclass, of what its factory makes or of what it raises."""
    meta = f"class Meta(type):\n    {body}\n"
    return (
        _raised("x = 1", base="Exception, metaclass=Meta", before=meta)
        if raised
        else _made("x = 1", before=meta, bases="(metaclass=Meta)")
    )


_MEMBERS = """
    name = "hostile"

    def handle(self, body):
        return b"hostile:" + body
"""
_TEXT = """\
class Text(str):
    def leave(self, *_values):
        raise SystemExit(9)

    __getitem__ = __format__ = __len__ = __iter__ = __hash__ = __eq__ = __contains__ = startswith = encode = leave
    isascii = isprintable = splitlines = translate = leave
"""
_READ = ("__traceback__", "__class__", "args", "__cause__", "__context__", "__notes__", "with_traceback", "__dict__")

RAISED: Mapping[str, str] = {
    **{f"{name.strip('_')}-exits".replace("_", "-"): _raised(_property(name, _EXIT)) for name in _READ},
    "traceback-raises": _raised(_property("__traceback__", "raise KeyError('none')")),
    "traceback-loops": _raised(_property("__traceback__", _LOOP)),
    "traceback-lies": _raised(_property("__traceback__", "return self") + "\n    tb_next = tb_frame = 7"),
    "traceback-endless": _raised(
        _property("__traceback__", "return self") + "\n    " + _property("tb_next", "return self")
    ),
    "suppress-context-exits": _raised(_property("__suppress_context__", _EXIT)),
    "str-raises": _raised("def __str__(self): raise self"),
    "str-exits": _raised(f"def __str__(self): {_EXIT}"),
    "str-interrupts": _raised("def __str__(self): raise KeyboardInterrupt"),
    "str-is-a-number": _raised("def __str__(self): return 7"),
    "str-is-of-its-own": _raised("def __str__(self): return Text('strange')", before=_TEXT),
    "format-exits": _raised(f"def __format__(self, _spec): {_EXIT}"),
    "repr-exits": f"class Thing:\n    def __repr__(self): {_EXIT}\n\n\nraise ValueError(Thing())\n",
    "getattribute-exits": _raised(f"def __getattribute__(self, _name): {_EXIT}"),
    "setattr-exits": _raised(f"def __setattr__(self, _name, _value): {_EXIT}"),
    "del-exits": _raised(f"def __del__(self): {_EXIT}"),
    "bool-exits": _raised(f"def __bool__(self): {_EXIT}\n    __eq__ = __hash__ = __len__ = __iter__ = __bool__"),
    "class-name-exits": _meta(_property("__name__", _EXIT), raised=True),
    "class-name-loops": _meta(_property("__name__", _LOOP), raised=True),
    "class-mro-exits": _meta(_property("__mro__", _EXIT), raised=True),
    "class-getattribute-exits": _meta(f"def __getattribute__(cls, _name): {_EXIT}", raised=True),
    "instance-check-exits": _meta(
        f"def __instancecheck__(cls, _one): {_EXIT}\n    __subclasscheck__ = __instancecheck__", raised=True
    ),
    "interrupts": "raise KeyboardInterrupt\n",
    "interrupts-in-a-class": _raised("x = 1", base="KeyboardInterrupt"),
    "interrupts-in-a-generator": "(each for each in ()).throw(KeyboardInterrupt)\n",
    "interrupts-in-new": "def New():\n    raise KeyboardInterrupt\n",
    "interrupts-in-init": PLUGIN + "\n    def init(self, host):\n        raise KeyboardInterrupt\n",
    "exits-in-a-class": _raised(_property("code", _LOOP), base="SystemExit"),
    "generator-exit": "raise GeneratorExit\n",
    "stop-iteration": "def New():\n    raise StopIteration\n",
    "a-group": "raise BaseExceptionGroup('all', [KeyboardInterrupt(), SystemExit(9), GeneratorExit()])\n",
    "recurses": "def down():\n    return down()\n\n\ndown()\n",
    "recurses-in-str": _raised("def __str__(self): return str(self)"),
    "out-of-memory": "bytearray(1 << 60)\n",
    "while-handling": (
        "def fail(depth):\n    try:\n        raise ValueError(depth)\n    except ValueError:\n"
        "        if depth:\n            fail(depth - 1)\n        raise KeyError(depth)\n\n\nfail(200)\n"
    ),
    "causes-itself": (
        "one, two = ValueError('one'), ValueError('two')\none.__cause__ = two\ntwo.__cause__ = one\nraise one\n"
    ),
    "a-strange-cause": _raised(f"def __str__(self): {_EXIT}").replace(
        "raise Strange('strange')", "raise ValueError('x') from Strange()"
    ),
    "forges-a-finding": (
        "from pluginkit.runtime.guard import PluginFailureError\n\n\nclass Finding:\n"
        "    message = 'x'\n    def __getattr__(self, _name): raise SystemExit(9)\n\n\n"
        "raise PluginFailureError(Finding())\n"
    ),
    "a-long-message": "raise ValueError('x' * 10_000_000)\n",
    "a-long-class-name": "raise type('X' * 10_000_000, (Exception,), {})('x')\n",
    "escapes": (
        "raise ValueError('\\x1b[2J\\x1b[31mred\\r\\n::error::owned\\n##vso[x]\\u202egnihton\\ud800\\x00\\x9b0m')\n"
    ),
    "escapes-in-a-class-name": "raise type('\\x1b[2J\\n::error::\\u202e', (Exception,), {})('x')\n",
    "escapes-in-a-file-name": "exec(compile('1 / 0', '\\x1b[2J\\n::error::\\u202e.py', 'exec'))\n",
    "escapes-in-an-exit": "raise SystemExit('\\x1b[2J\\n::error::\\u202e')\n",
    "set-name-exits": (
        f"class Field:\n    def __set_name__(self, _owner, _name): {_EXIT}\n\n\nclass Thing:\n    x = Field()\n"
    ),
    "init-subclass-exits": f"class Base:\n    def __init_subclass__(cls): {_EXIT}\n\n\nclass Thing(Base): ...\n",
}
"""They raise what cannot be read: PK507 where it is an exit, else PK508."""

_ENDLESS = (
    "class Endless:\n    def __iter__(self):\n        while True:\n            yield 'x'\n    __contains__ = None\n"
)
_SELF = (
    "import sys\n\n\nclass Module:\n    __file__ = __file__\n    name = 'hostile'\n"
    "    def handle(self, body): return b'hostile:' + body\n    def init(self, host): return self\n"
    "    def __call__(self): return self\n    {body}\n\n\nsys.modules[__name__] = Module()\n"
)

MADE: Mapping[str, str] = {
    "getattribute-exits": _made(f"def __getattribute__(self, _name): {_EXIT}"),
    "getattr-is-itself": _made("def __getattr__(self, _name): return self\n    def __call__(self, *_): return self"),
    "getattr-interrupts": _made("def __getattr__(self, _name): raise KeyboardInterrupt"),
    "class-exits": _made(_property("__class__", _EXIT)),
    "class-lies": _made(_property("__class__", "return type(None)")),
    "dict-exits": _made(_property("__dict__", _EXIT)),
    "init-exits": _made(_property("init", _EXIT)),
    "init-is-a-number": _made("init = 7"),
    "init-interrupts": _made(_property("init", "raise KeyboardInterrupt")),
    "handle-exits": _made(_property("handle", _EXIT)).replace(
        "    def handle(self, body):\n        return", "    def other(self, body):\n        return"
    ),
    "asked-exits": _made(
        f"def __bool__(self): {_EXIT}\n    __eq__ = __hash__ = __len__ = __iter__ = __dir__ = __repr__ = __bool__"
    ),
    "huge-length": _made("def __len__(self): return 1 << 62\n    def __iter__(self): return iter(int, 1)"),
    "capabilities-endless": _made("capabilities = Endless()", before=_ENDLESS),
    "capabilities-endless-numbers": _made("capabilities = range(1 << 40)"),
    "capabilities-exit": _made(_property("capabilities", _EXIT)),
    "capabilities-called-endless": _made("def capabilities(self): return iter(int, 1)"),
    "capabilities-a-number": _made("capabilities = 7"),
    "capabilities-of-its-own": _made("capabilities = (Text('x'),)", before=_TEXT),
    "capabilities-cannot-be-shown": _made(
        "capabilities = (Shy(),)", before=f"class Shy:\n    def __str__(self): {_EXIT}\n    __repr__ = __str__\n"
    ),
    "capabilities-cannot-be-hashed": _made(
        "capabilities = (Shy(),)", before=f"class Shy:\n    def __hash__(self): {_EXIT}\n    __eq__ = __hash__\n"
    ),
    "capabilities-long": _made("capabilities = ('x' * 10_000_000, '\\x1b[2J')"),
    "api-version-exits": _made(
        "api_version = Shy()",
        before=f"class Shy:\n    def __eq__(self, _other): {_EXIT}\n    __str__ = __repr__ = __eq__\n",
    ),
    "api-version-long": _made("api_version = '\\x1b[2J' * 1_000_000"),
    **{
        f"meta-{name.strip('_')}-exits": _meta(_property(name, _EXIT))
        for name in ("__mro__", "__qualname__", "__module__", "__name__", "__dict__")
    },
    "meta-getattribute-exits": _meta(f"def __getattribute__(cls, _name): {_EXIT}"),
    "meta-asked-exits": _meta(
        f"def __instancecheck__(cls, _one): {_EXIT}\n"
        "    __subclasscheck__ = __hash__ = __eq__ = __bool__ = __iter__ = __len__ = __instancecheck__"
    ),
    "module-of-its-own": _made("__module__ = Text('x')\n    __qualname__ = 'Thing'", before=_TEXT),
    "module-of-a-class-lies": _made("__module__ = 7"),
    "is-itself": _SELF.format(body="def __getattr__(self, _name): return self"),
    "is-none": "import sys\n\nsys.modules[__name__] = None\n",
    "is-a-number": "import sys\n\nsys.modules[__name__] = 7\n",
    "is-gone": "import sys\n\ndel sys.modules[__name__]\n" + PLUGIN,
    "dict-of-a-module-exits": _SELF.format(body=_property("__dict__", _EXIT)),
    "dict-of-a-module-endless": _SELF.format(
        body=_property("__dict__", "return self") + "\n    def values(self): return iter(int, 1)"
    ),
    "module-getattribute-exits": _SELF.format(body=f"def __getattribute__(self, _name): {_EXIT}"),
    "module-getattr-exits": f"def __getattr__(_name):\n    {_EXIT}\n",
    "module-getattr-interrupts": "def __getattr__(_name):\n    raise KeyboardInterrupt\n",
    "module-getattr-is-itself": "import sys\n\n\ndef __getattr__(_name):\n    return sys.modules[__name__]\n",
    "file-of-its-own": _TEXT + "\n\n__file__ = Text(__file__)\n" + PLUGIN,
    "file-is-a-number": "__file__ = 7\n" + PLUGIN,
    "file-escapes": "__file__ = '/\\x1b[2J\\n' * 1_000_000\n" + PLUGIN,
    "path-endless": _ENDLESS + "\n\ndel __file__\n__path__ = Endless()\n" + PLUGIN,
    "path-exits": f"class Path:\n    def __iter__(self): {_EXIT}\n\n\ndel __file__\n__path__ = Path()\n" + PLUGIN,
    "name-of-its-own": _TEXT + "\n\n__name__ = Text(__name__)\n" + PLUGIN,
    "a-strange-class-inside": f"class Meta(type):\n    {_property('__module__', _EXIT)}\n\n\n"
    "class Thing(metaclass=Meta): ...\n" + PLUGIN,
    "a-shy-object-inside": f"class Shy:\n    {_property('__class__', _EXIT)}\n\n\nshy = Shy()\n" + PLUGIN,
}
"""They make, or are, what cannot be looked at: refused or loaded, as their lies go."""

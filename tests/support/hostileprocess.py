"""Plugins that change, or end, the process that they share with the host: tiny modules by name."""

from collections.abc import Mapping

from hostileplugins import PLUGIN

_RAISE = "def leave(*_values, **_named):\n    raise SystemExit(9)\n\n\n"


def _replaced(*names: str) -> str:
    return f"import builtins\n\n\n{_RAISE}" + "".join(f"builtins.{name} = leave\n" for name in names)


LEFT: Mapping[str, str] = {
    **{
        f"replaces-{name.strip('_').lower()}": _replaced(name) + PLUGIN for name in ("__import__", "open", "isinstance")
    },
    "replaces-baseexception": "import builtins\n\nbuiltins.BaseException = builtins.Exception = 7\n1 / 0\n",
    "replaces-and-fails": _replaced("getattr", "type", "vars", "sorted", "len", "str", "tuple", "dict") + "1 / 0\n",
    "replaces-build-class": "import builtins\n\nbuiltins.__build_class__ = None\n",
    "clears-builtins": "import builtins\n\nvars(builtins).clear()\n",
    "replaces-in-init": PLUGIN
    + "\n    def init(self, host):\n        import builtins\n        builtins.isinstance = None\n",
    "traces": f"import sys\n\n\n{_RAISE}sys.settrace(leave)\n",
    "profiles": f"import sys\n\n\n{_RAISE}sys.setprofile(leave)\n",
    "recursion-limit": "import sys\n\nsys.setrecursionlimit(50)\n" + PLUGIN,
    "excepthook": f"import sys\n\n\n{_RAISE}sys.excepthook = sys.unraisablehook = sys.displayhook = leave\n" + PLUGIN,
    "meta-path": (
        f"import sys\n\n\n{_RAISE}class Finder:\n    find_spec = leave\n\n\nsys.meta_path.insert(0, Finder())\n1 / 0\n"
    ),
    "meta-path-none": "import sys\n\nsys.meta_path = None\n1 / 0\n",
    "path-hooks": f"import sys\n\n\n{_RAISE}sys.path_hooks.insert(0, leave)\nsys.path_importer_cache.clear()\n1 / 0\n",
    "path-none": "import sys\n\nsys.path = None\n1 / 0\n",
    "path-empty": "import sys\n\nsys.path.clear()\n" + PLUGIN,
    "path-own": "import sys\n\n\nclass Path(list):\n    def __iter__(self): raise SystemExit(9)\n"
    "    __contains__ = __iter__\n\n\nsys.path = Path(sys.path)\n" + PLUGIN,
    "modules-cleared": "import sys\n\nsys.modules.clear()\n",
    "modules-rebound": "import sys\n\nsys.modules = {}\n",
    "modules-none": "import sys\n\nsys.modules = None\n",
    "module-with-endless-path": (
        "import sys, types\n\n\nclass Path:\n    def __iter__(self): return iter(str, 1)\n\n\n"
        "other = types.ModuleType('acme_zz')\nother.__path__ = Path()\nsys.modules['acme_zz_none'] = other\n" + PLUGIN
    ),
    "api-replaced": "import sys\n\nsys.modules['acme_api'] = None\n1 / 0\n",
    "api-edited-in-init": PLUGIN
    + "\n    def init(self, host):\n        import acme_api\n        acme_api.Plugin = 7\n",
    "handlers-closed": "import logging\n\n[one.stream.close() for one in logging.root.handlers]\n" + PLUGIN,
    "handlers-exit": (f"import logging\n\n\n{_RAISE}for one in logging.root.handlers:\n    one.emit = leave\n1 / 0\n"),
    "record-factory-exits": f"import logging\n\n\n{_RAISE}logging.setLogRecordFactory(leave)\n1 / 0\n",
    "logger-class": f"import logging\n\n\n{_RAISE}logging.getLogger = logging.Logger.warning = leave\n1 / 0\n",
    "logger-interrupts": (
        "import logging\n\n\ndef leave(*_):\n    raise KeyboardInterrupt\n\n\nlogging.Logger.warning = leave\n1 / 0\n"
    ),
    "stderr-closed": "import sys\n\nsys.stderr.close()\n1 / 0\n",
    "stderr-none": "import sys\n\nsys.stderr = None\n1 / 0\n",
    "descriptor-2-closed": "import os\n\nos.close(2)\n1 / 0\n",
    "stdin-closed": "import os, sys\n\nsys.stdin.close()\n" + PLUGIN,
    "warnings-are-errors": "import warnings\n\nwarnings.simplefilter('error')\nwarnings.warn('strange')\n",
    "warnings-exit": f"import warnings\n\n\n{_RAISE}warnings.showwarning = warnings.warn = leave\n" + PLUGIN,
    "signal-handlers": (
        "import signal\n\nfor one in (signal.SIGINT, signal.SIGTERM):\n    signal.signal(one, signal.SIG_IGN)\n"
        + PLUGIN
    ),
    "directory": "import os\n\nos.chdir('/')\n" + PLUGIN,
    "umask": "import os\n\nos.umask(0o777)\n" + PLUGIN,
    "environment": "import os\n\nos.environ.clear()\n" + PLUGIN,
    "locale": "import locale\n\nlocale.setlocale(locale.LC_ALL, 'C.UTF-8')\n" + PLUGIN,
    "daemon-thread": "import threading, time\n\nthreading.Thread(target=lambda: time.sleep(600), daemon=True).start()\n"
    + PLUGIN,
    "thread-exits": f"import threading\n\n\n{_RAISE}one = threading.Thread(target=leave)\none.start()\none.join()\n"
    + PLUGIN,
    "thread-raises": "import threading\n\none = threading.Thread(target=lambda: 1 / 0)\none.start()\none.join()\n"
    + PLUGIN,
    "forks": "import os\n\nif os.fork():\n    os.wait()\n" + PLUGIN,
    "forks-and-raises": "import os\n\nif os.fork():\n    os.wait()\n1 / 0\n",
    "gc-callback": f"import gc\n\n\n{_RAISE}gc.callbacks.append(leave)\ngc.collect()\n" + PLUGIN,
    "gc-off": "import gc\n\ngc.disable()\ngc.set_threshold(1)\n" + PLUGIN,
    "atexit-raises": "import atexit\n\natexit.register(lambda: 1 / 0)\n" + PLUGIN,
    "del-at-exit": "class Thing:\n    def __del__(self): raise SystemExit(9)\n\n\nthing = Thing()\n" + PLUGIN,
    "switch-interval": "import sys\n\nsys.setswitchinterval(1000)\n" + PLUGIN,
    "exec-of-itself": "exec(open(__file__).read().replace('exec', '1 / 0 #'))\n",
    "alarm": "import signal\n\nsignal.signal(signal.SIGALRM, lambda *_: 1 / 0)\n"
    "signal.setitimer(signal.ITIMER_REAL, 60)\n" + PLUGIN,
}
"""The host goes on, whether the plugin is loaded or not."""

_HANG = "while True: pass"

ENDS: Mapping[str, str] = {
    "exits-at-once": "import os\n\nos._exit(9)\n",
    "aborts": "import os\n\nos.abort()\n",
    "kills": "import os, signal\n\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "becomes-another": "import os\n\nos.execv('/bin/false', ['false'])\n",
    "faults": "import ctypes\n\nctypes.string_at(0)\n",
    "overflows": (
        "import sys\n\nsys.setrecursionlimit(1 << 30)\nclass Deep:\n    def __repr__(self): return repr(self)\n"
        "def down(): return [*map(lambda _: down(), (1,))]\n\ndown()\n"
    ),
    "audit-hook": "import sys\n\n\ndef leave(*_):\n    raise SystemExit(9)\n\n\nsys.addaudithook(leave)\n" + PLUGIN,
    "loops": f"{_HANG}\n",
    "loops-in-new": f"def New():\n    {_HANG}\n",
    "loops-in-str": f"class Strange(Exception):\n    def __str__(self):\n        {_HANG}\n\n\nraise Strange\n",
    "loops-in-an-attribute": PLUGIN + f"\n    @property\n    def capabilities(self):\n        {_HANG}\n",
    "waits-for-itself": (
        "import threading\n\n\ndef again():\n    from acme_waits_for_itself import New\n\n\n"
        "one = threading.Thread(target=again, daemon=True)\none.start()\none.join()\n" + PLUGIN
    ),
}
"""They end the process or never return, which only a probe keeps from the host."""

LATE: Mapping[str, str] = {
    "loops-in-init": PLUGIN + f"\n    def init(self, host):\n        {_HANG}\n",
    "no-descriptors": "import os\n\nos.closerange(0, 64)\n" + PLUGIN,
    "thread-stays": "import threading, time\n\nthreading.Thread(target=lambda: time.sleep(600)).start()\n" + PLUGIN,
    "atexit-ends": "import atexit, os\n\natexit.register(os._exit, 9)\n" + PLUGIN,
    "library-edited": "import os\n\n\ndef leave(*_):\n    raise SystemExit(9)\n\n\nos.stat = os.path.join = leave\n"
    + PLUGIN,
    "thread-edits": (
        "import threading, time, builtins\n\n\ndef edit():\n    time.sleep(60)\n    builtins.isinstance = None\n\n\n"
        "threading.Thread(target=edit, daemon=True).start()\n" + PLUGIN
    ),
}
"""What they do shows only later, when a probe has ended: nothing in the process helps."""

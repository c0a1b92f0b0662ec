"""What has no place in the top level of a plugin's module, by qualified name and kind.

A call of what `threading.Thread` made is `threading.Thread().start`. A star at the end stands for the rest of one
name. What is not listed is taken for self-contained setup: reading the environment, compiling patterns, making
loggers, clients that connect when first used, package data through importlib.resources.
"""

from collections.abc import Iterator, Mapping

_EFFECTS = {
    "file": """
        open io.open io.FileIO codecs.open bz2.open gzip.open lzma.open tarfile.open zipfile.ZipFile zipfile.PyZipFile
        fileinput.input linecache.getline* os.open os.access os.chmod os.chown os.fdopen os.link os.listdir os.lstat
        os.makedirs os.mkdir os.mkfifo os.pipe os.readlink os.remove os.removedirs os.rename os.renames os.replace
        os.rmdir os.scandir os.stat os.symlink os.truncate os.unlink os.utime os.walk os.fwalk os.path.exists
        os.path.getmtime os.path.getsize os.path.isdir os.path.isfile os.path.islink os.path.lexists glob.glob
        glob.iglob shutil.* tempfile.mk* tempfile.NamedTemporaryFile tempfile.TemporaryFile
        tempfile.TemporaryDirectory tempfile.SpooledTemporaryFile pathlib.Path().open pathlib.Path().read_*
        pathlib.Path().write_* pathlib.Path().mkdir pathlib.Path().touch pathlib.Path().unlink pathlib.Path().rmdir
        pathlib.Path().rename pathlib.Path().replace pathlib.Path().iterdir pathlib.Path().glob pathlib.Path().rglob
        pathlib.Path().walk pathlib.Path().exists pathlib.Path().is_file pathlib.Path().is_dir
        pathlib.Path().is_symlink pathlib.Path().stat pathlib.Path().lstat pathlib.Path().chmod
        pathlib.Path().symlink_to pathlib.Path().hardlink_to pathlib.Path().readlink shelve.open dbm.open
        configparser.ConfigParser().read numpy.load* numpy.save* pandas.read_* dotenv.load_dotenv""",
    "network": """
        socket.socket socket.create_connection socket.create_server socket.getaddrinfo socket.getfqdn
        socket.gethostby* socket.fromfd urllib.request.urlopen urllib.request.urlretrieve requests.get requests.post
        requests.put requests.patch requests.delete requests.head requests.options requests.request
        requests.Session().* requests.session().* httpx.get httpx.post httpx.put httpx.patch httpx.delete httpx.head
        httpx.options httpx.request httpx.stream httpx.Client().get httpx.Client().post httpx.Client().put
        httpx.Client().patch httpx.Client().delete httpx.Client().head httpx.Client().options httpx.Client().request
        httpx.Client().send httpx.Client().stream http.client.HTTPConnection().request
        http.client.HTTPSConnection().request http.server.HTTPServer http.server.ThreadingHTTPServer
        socketserver.TCPServer socketserver.UDPServer smtplib.SMTP smtplib.SMTP_SSL ftplib.FTP ftplib.FTP_TLS
        imaplib.IMAP4* poplib.POP3* asyncio.open_connection asyncio.start_server websocket.create_connection
        paramiko.SSHClient().connect urllib3.request urllib3.PoolManager().request nltk.download""",
    "process": """
        subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.getoutput
        subprocess.getstatusoutput subprocess.Popen os.system os.popen os.exec* os.spawn* os.posix_spawn* os.fork*
        os.startfile os.kill os.killpg pty.spawn multiprocessing.Process().start multiprocessing.Pool
        multiprocessing.Manager multiprocessing.pool.Pool""",
    "database": """
        sqlite3.connect sqlalchemy.create_engine sqlalchemy.ext.asyncio.create_async_engine psycopg.connect
        psycopg2.connect asyncpg.connect pymysql.connect MySQLdb.connect mysql.connector.connect oracledb.connect
        cx_Oracle.connect pyodbc.connect duckdb.connect pymongo.MongoClient mongoengine.connect
        peewee.SqliteDatabase().connect""",
    "registration": """
        atexit.register signal.signal signal.set_wakeup_fd signal.setitimer signal.alarm sys.settrace sys.setprofile
        sys.setrecursionlimit sys.addaudithook sys.path.append sys.path.insert sys.path.extend sys.path.remove
        sys.meta_path.append sys.meta_path.insert sys.path_hooks.append sys.path_hooks.insert
        sys.modules.update sys.modules.setdefault os.chdir os.putenv os.unsetenv os.umask
        os.environ.update os.environ.setdefault os.environ.pop logging.basicConfig logging.config.dictConfig
        logging.config.fileConfig logging.setLoggerClass locale.setlocale faulthandler.enable codecs.register
        multiprocessing.set_start_method socket.setdefaulttimeout gevent.monkey.patch_* eventlet.monkey_patch
        prometheus_client.start_http_server asyncio.set_event_loop_policy threading.settrace threading.setprofile""",
    "wait": """
        time.sleep input asyncio.run asyncio.get_event_loop().run_* asyncio.new_event_loop().run_*
        threading.Thread().join threading.Event().wait""",
    "background": """
        threading.Thread().start threading.Timer().start _thread.start_new_thread
        concurrent.futures.ThreadPoolExecutor().submit concurrent.futures.ThreadPoolExecutor().map
        concurrent.futures.ProcessPoolExecutor().submit concurrent.futures.ProcessPoolExecutor().map
        multiprocessing.pool.ThreadPool sched.scheduler().run""",
    "exit": "sys.exit os._exit os.abort exit quit SystemExit",
}


def _compiled() -> tuple[Mapping[str, str], tuple[tuple[str, str], ...]]:
    pairs = [(name, kind) for kind, names in _EFFECTS.items() for name in names.split()]
    exact = {name: kind for name, kind in pairs if not name.endswith("*")}
    return exact, tuple((name[:-1], kind) for name, kind in pairs if name.endswith("*"))


_EXACT, _BEGINNINGS = _compiled()


def kind(name: str) -> str:
    """Return what kind of side effect a call of `name` is; empty for what may run at any time."""
    found = _EXACT.get(name)
    return found if found is not None else next(_beginning(name), "")


def _beginning(name: str) -> Iterator[str]:
    for start, found in _BEGINNINGS:
        rest = name.removeprefix(start)
        if rest != name and "." not in rest and "(" not in rest:
            yield found


PATH = "pathlib.Path()"
_PATHS = frozenset(
    (
        *(f"pathlib.Path.{name}()" for name in ("cwd", "home")),
        *(f"{PATH}.{name}()" for name in ("absolute", "expanduser", "joinpath", "relative_to", "resolve")),
        *(f"{PATH}.{name}()" for name in ("with_name", "with_stem", "with_suffix")),
        f"{PATH}.parent",
    )
)


def normal(name: str) -> str:
    """Return a qualified name, with any way to make one path from another as a path."""
    return PATH if name in _PATHS else name

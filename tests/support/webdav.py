"""A real HTTP server that stores what is put: nginx with WebDAV, where it is installed."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")

_CONFIG = """\
{user}daemon off;
worker_processes 1;
pid {place}/pid;
error_log {place}/error.log;
events {{}}
http {{
  access_log {place}/access.log;
  client_body_temp_path {place}/bodies;
  proxy_temp_path {place}/p; fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
  server {{
    listen 127.0.0.1:{port};
    root {place}/files;
    client_max_body_size 0;
    location / {{ dav_methods PUT; create_full_put_path on; }}
  }}
}}
"""


@contextmanager
def server(place: Path) -> Iterator[str]:
    """Run it over `place / "files"` and yield its URL."""
    (place / "files").mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = "user root;\n" if place.owner() == "root" else ""
    (place / "nginx.conf").write_text(_CONFIG.format(place=place, port=port, user=user))
    process = subprocess.Popen([str(NGINX), "-c", place / "nginx.conf", "-e", place / "error.log"])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()

"""The command line of the host."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from pluginkit.core.errors import PluginkitError

from acme_host.loader import Report, load
from acme_host.pipeline import run
from acme_pluginapi import API_VERSION, Request

HOST = "acme-host"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the host offers its plugins: the `Host` of the plugin API."""

    max_body: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the host; return 0, 1 when a request was refused or a plugin that should be there is not, else 2."""
    options = _parser().parse_args(arguments)
    level = logging.ERROR if options.plugins else logging.INFO  # the list says it all
    logging.basicConfig(format=f"{HOST}: %(message)s", level=level)
    try:
        report = load(Settings(options.max_body))
    except PluginkitError as error:  # it cannot tell what to compare plugins with
        logging.error("%s\nhint: %s", error.message, error.hint)
        return 2
    if options.plugins:
        return _show(report)
    if not report.loaded:
        logging.error("there is no plugin to run")
        return 1
    answers = [_answer(report, request) for request in _requests(options.body)]
    return 0 if all(answers) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(HOST, description="Run requests through the plugins.")
    parser.add_argument("body", nargs="*", help="a request; without any, each line of standard input is one")
    parser.add_argument("--plugins", action="store_true", help="list the plugins, loaded and skipped, and exit")
    parser.add_argument("--max-body", type=int, default=1 << 20, metavar="BYTES", help="default: %(default)s")
    label = f"%(prog)s {version(HOST)} (plugin API {API_VERSION})"
    parser.add_argument("--version", action="version", version=label)
    return parser


def _show(report: Report) -> int:
    for loaded in report.loaded:
        print(loaded.name, "not verified (development)" if loaded.development else "verified", sep="\t")
    for skipped in report.skipped:
        print(skipped.name, "skipped", skipped.code, skipped.reason, sep="\t")
    return 1 if report.skipped else 0


def _requests(bodies: Sequence[str]) -> Iterator[Request]:
    lines = map(os.fsencode, bodies) if bodies else (line.rstrip(b"\r\n") for line in sys.stdin.buffer)
    return (Request(str(number), line) for number, line in enumerate(lines, start=1))


def _answer(report: Report, request: Request) -> bool:
    response = run(report.loaded, request)
    print(response.status, response.body.decode(errors="replace"), flush=True)
    return response.ok

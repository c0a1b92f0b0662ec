"""Run a request through the plugins, one after the other."""

import logging
from collections.abc import Iterable

from pluginkit.runtime import Result

from acme_pluginapi import Request, Response

log = logging.getLogger(__name__)


def run(plugins: Iterable[Result], request: Request) -> Response:
    """Give each plugin the body the one before it answered with; the first refusal is the answer."""
    response = Response(200, request.body)
    for loaded in plugins:
        response = _handle(loaded, Request(request.id, response.body))
        if not response.ok:
            break
    return response


def _handle(loaded: Result, request: Request) -> Response:
    try:
        response: object = loaded.plugin.handle(request)
        if not isinstance(response, Response):
            raise TypeError(f"handle() returned {type(response).__name__}, not Response")
    except (Exception, SystemExit):
        log.exception("%s failed on request %s", loaded.name, request.id)
        return Response(500, f"{loaded.name} failed".encode())
    return response

"""Refuse requests that are larger than the host allows."""

from acme_pluginapi import Host, Plugin, Request, Response


class FilterPlugin:
    """Answer 413 to a body past the host's limit, and pass every other one on."""

    name = "filter"
    _max_body = 0

    def init(self, host: Host) -> None:
        """Take the limit from the host."""
        self._max_body = host.max_body

    def handle(self, request: Request) -> Response:
        """Measure the body."""
        if len(request.body) > self._max_body:
            return Response(413, b"the request is too large")
        return Response(200, request.body)


def New() -> Plugin:
    """Make the plugin; the host calls this once, after it has verified the distribution."""
    return FilterPlugin()

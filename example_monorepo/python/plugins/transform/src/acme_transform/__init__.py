"""Put requests into capitals."""

from acme_pluginapi import Plugin, Request, Response


class TransformPlugin:
    """Answer with the body in capitals."""

    name = "transform"

    def handle(self, request: Request) -> Response:
        """Put ASCII letters into upper case; other bytes stay as they are."""
        return Response(200, request.body.upper())


def New() -> Plugin:
    """Make the plugin; the host calls this once, after it has verified the distribution."""
    return TransformPlugin()

"""All that differs by language, behind the two Protocols of `protocol`."""

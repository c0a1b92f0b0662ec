"""Names of files in a `.dist-info` directory that make a distribution a plugin, a host or an API."""

ENTRY_POINTS = "entry_points.txt"
STAMP_FILE = "pluginkit.json"
SIGNATURE_FILE = "pluginkit.sig.json"
"""The envelope beside the stamp (see `core.dsse`)."""

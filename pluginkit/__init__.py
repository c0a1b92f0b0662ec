"""Build a host and its in-process plugins from one lock, and refuse strangers before they run."""

__version__ = "0.1.0"

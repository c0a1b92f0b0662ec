"""Files of another user, which only root can make."""

import os

import pytest

STRANGER = 54321
"""A user that this machine does not know."""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")

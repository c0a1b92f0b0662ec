"""`python -m pluginkit`."""

import sys

from pluginkit.cli import main

sys.exit(main())

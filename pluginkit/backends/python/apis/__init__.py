"""APIs and plugins of Python as `pluginkit diff` reads them: sources, wheels, environments, releases of an index."""

"""What a Python host imports: plugins are verified before any of their code runs, and none of them stops the host.

    from acme_pluginapi import Plugin
    from pluginkit.runtime import load_plugins

    report = load_plugins("plugins", api=Plugin, host=settings)
    for loaded in report.loaded:
        loaded.plugin.handle(request)

The pieces under it are `check`, which finds and verifies, and `start`, which loads and initialises; under these
`find_host`, `discover_wheels`, `discover_installed`, `verify`, `load` and `init`, each in its module.
"""

try:
    from pluginkit.runtime.plan import Accepted, Asked, Plan
    from pluginkit.runtime.report import PluginLoadError, Report, Result
    from pluginkit.runtime.startup import check, load_plugins, start
except ImportError:
    from pluginkit.core.toolkit import explain_import  # another project's files may have come over ours

    explain_import()
    raise

__all__ = ["Accepted", "Asked", "Plan", "PluginLoadError", "Report", "Result", "check", "load_plugins", "start"]

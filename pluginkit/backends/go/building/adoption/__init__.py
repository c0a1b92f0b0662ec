"""What `pluginkit init` finds in a tree of Go modules, and the configuration that it proposes for it."""

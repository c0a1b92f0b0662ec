"""Ways to run a Go plugin other than a shared object: what a build adds to host and plugin for each of them."""

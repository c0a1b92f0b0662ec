package main

// PluginkitStamp says which copy of the API the host was built with. `pluginkit build` compiles the real one in place
// of this file; a host of plain `go build` has none, and compares no stamps.
var PluginkitStamp string

//go:build pluginkit_modes

package loader

// What `pluginkit build` compiles into hosts and plugins: named here, so that `go mod tidy` keeps it in go.mod.
import (
	_ "github.com/hashicorp/go-plugin"
	_ "github.com/tetratelabs/wazero"
)

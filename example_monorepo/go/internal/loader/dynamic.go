package loader

import "plugin"

// This file alone imports package plugin. `pluginkit build` leaves it out of a host that has no use for it: such a host
// needs neither cgo nor a dynamic loader.

func init() {
	openObject = func(path string) (Lookup, error) {
		opened, err := plugin.Open(path)
		if err != nil {
			return nil, err
		}
		return object{opened}, nil
	}
}

// object is an opened plugin. Its symbols are plain values: plugin.Symbol is another type than any to an interface.
type object struct{ opened *plugin.Plugin }

// Lookup returns the function of that name, or a pointer to the variable.
func (o object) Lookup(name string) (any, error) { return o.opened.Lookup(name) }

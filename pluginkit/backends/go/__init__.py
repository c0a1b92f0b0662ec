"""Go: `-buildmode=plugin` artifacts. The room is laid out; its Builder and Inspector come next."""

"""Go: `-buildmode=plugin` artifacts, and the hosts that open them."""

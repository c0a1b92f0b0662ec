"""Python: wheels, built by their own backends, stamped canonically, read strictly."""

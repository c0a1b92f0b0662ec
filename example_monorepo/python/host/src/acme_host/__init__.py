"""The acme host: finds, verifies and runs its plugins."""

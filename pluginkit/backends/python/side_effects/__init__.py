"""What importing a plugin would do, read off its sources."""

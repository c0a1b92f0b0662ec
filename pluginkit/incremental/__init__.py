"""What the last run read and made, so that the next can tell what changed."""

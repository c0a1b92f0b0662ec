"""What builds keep on disk for later ones: what they read, and what they made."""

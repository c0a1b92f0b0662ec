"""The wheel format, both ways: read strictly, written canonically. Nothing here starts a process."""

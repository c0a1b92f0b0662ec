"""What a Python host imports. The room is laid out and walled in; the loader comes next."""

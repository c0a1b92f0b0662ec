"""Python: a plugin's requirements and lock brought in step with what a host pins."""

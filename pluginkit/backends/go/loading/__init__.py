"""What the dynamic loader of a host's machine would find for a plugin: a model of glibc's and of musl's, on files."""

"""HAR files: what happened to the activation, and the same file without its secrets. Pure."""

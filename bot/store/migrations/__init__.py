"""The schema, step by step; every step serves the version before it, too."""

"""Event → ticket → evidence → diagnosis → plan → actions; each ticket gets its one note."""

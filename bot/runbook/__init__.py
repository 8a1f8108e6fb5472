"""What to do about it: scenarios, diagnosis, plan and note. Pure."""

"""What was seen: observations from probes, pasted output, HAR files and the check script. Pure."""

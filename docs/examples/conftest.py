"""The service has its own environment and test command."""

collect_ignore = ["service"]

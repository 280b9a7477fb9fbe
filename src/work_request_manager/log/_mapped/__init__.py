"""Logs in other formats: each row of a table becomes a status update, as a mapping says (see `wire.LogMapping`)."""

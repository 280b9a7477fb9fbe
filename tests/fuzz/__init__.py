"""Fuzzing: random damage to every kind of input, for a given time. See `__main__`."""

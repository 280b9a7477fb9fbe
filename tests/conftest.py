"""Settings of all tests."""

import signal

# A shell starts a background job with the interrupt signal ignored, and so are then all commands that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

"""The same conditions everywhere: examples, no timed tests, Ctrl-C as in a terminal."""

import signal

from hypothesis import settings

settings.register_profile("tuneit", derandomize=True, deadline=None)
settings.load_profile("tuneit")

# A script's background job ignores Ctrl-C, and so would all processes that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

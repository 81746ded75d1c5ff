"""What can stop a replay, and what only costs it one line?"""


class LogRefused(Exception):
    """The log cannot be read (any further); one line that says why."""


class LineRefused(Exception):
    """One line says nothing that can be tracked; the message says what is wrong with it."""


class ReplayStopped(Exception):
    """The replay ends before the end of the log; one line that says why and what to do."""

"""Why can the embedded servers not be used?"""


class EmbeddedRefused(Exception):
    """The embedded servers cannot start here; the message is one line that says what to do."""

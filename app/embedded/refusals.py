"""Why can the embedded servers not be used?"""


class EmbeddedRefused(Exception):  # noqa: N818 - a refusal is a fact, not an error (style.md)
    """The embedded servers cannot start here; the message is one line that says what to do."""

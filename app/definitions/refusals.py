"""What can keep a file from being imported, or an engine from being exported?"""


class FileRefused(Exception):
    """The file cannot be read or written; one line that says why."""


class EngineRefused(Exception):
    """The engine cannot be asked, or does not do it; one line that says why and what to do."""

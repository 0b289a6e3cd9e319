"""The error that a peer's bytes can cause; subclasses stand beside the code that raises them."""


class ProtocolError(ValueError):
    """The peer does not speak RTMP as we know it; the sentence is for the log."""

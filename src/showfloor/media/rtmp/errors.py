"""The one error that a peer's bytes can cause; subclasses live with the code that raises them."""


class ProtocolError(ValueError):
    """The peer does not speak RTMP as we know it; the sentence is for the log."""

"""The error that a source's codec headers can cause."""


class CodecConfigError(ValueError):
    """The bytes are no decoder configuration, or none that could start a decoder."""

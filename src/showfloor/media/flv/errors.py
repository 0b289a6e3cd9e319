"""The errors that FLV's bytes can cause."""


class FlvError(ValueError):
    """The bytes are not FLV, or a payload contradicts its header."""


class UnsupportedCodec(FlvError):
    """Well-formed media in an unsupported codec; `codec` is its name for people."""

    def __init__(self, codec: str) -> None:
        super().__init__(f"{codec} is not supported: set the encoder to H.264 video and AAC audio")
        self.codec = codec

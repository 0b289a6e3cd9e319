"""The listener of one channel: there is one while its show wants captions in a language."""

import asyncio

from showfloor.media.hub.reader_task import ReaderTask
from showfloor.media.hub.stream_hub import StreamHub
from showfloor.media.listening.ports import ListeningTools
from showfloor.media.listening.speech_listener import LIMITS, SpeechListener


class Listening:
    """Stands while the channel's show has a publisher here. Belongs to the event loop."""

    def __init__(self, channel_id: str, hub: StreamHub, tools: ListeningTools) -> None:
        self._channel_id = channel_id
        self._hub = hub
        self._tools = tools
        self._running: tuple[SpeechListener, ReaderTask] | None = None
        self._leaving: set[asyncio.Task[None]] = set()  # one after the other

    def apply(self, language: str) -> None:
        """Listen in this language; nothing: not at all."""
        if self._running is not None and self._running[0].language != language:
            task = self._running[1]
            self._running = None
            task.drop_waiting()
            task.close()
            leaving = asyncio.create_task(task.closed(), name="captions leave")
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
        if language and self._running is None:
            listener = SpeechListener(self._channel_id, language, self._tools)
            self._running = listener, self._hub.attach_reader("captions", listener, LIMITS)

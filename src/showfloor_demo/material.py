"""The pictures and films of the demo, drawn and encoded in processes beside the caller.

Everything that is missing is asked for at once, in the order in which the set-up needs it, so that
both cores have work while the database is made and the replays are recorded.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Self

import imageio_ffmpeg

from showfloor_demo import music, pictures, video
from showfloor_demo.films import FILMS

WORKERS = 2
SAY_EVERY = 8

type Progress = Callable[[str], None]  # a line for the person who waits


class Material:
    """What is in a folder, or will be soon. Leave the block, and what has not begun is not made."""

    def __init__(self, folder: Path, say: Progress, films: Sequence[str] = tuple(FILMS)) -> None:
        """`films`: the order in which they are made."""
        self.pictures = folder / "pictures"
        self._films = folder / "films"
        self._say = say
        self._ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
        self._state = video.source_state()
        self._films.mkdir(parents=True, exist_ok=True)
        self._room = Path(mkdtemp(dir=self._films))
        self._pool = ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"))
        self._drawing = pictures.begin(self._pool, self.pictures)
        self._work = {name: self._begin(name) for name in films if not self._is_made(name)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        rmtree(self._room, ignore_errors=True)

    def wait_for_pictures(self) -> Path:
        """Return the folder of the pictures once all are drawn."""
        for done, finished in enumerate(as_completed(self._drawing), 1):
            finished.result()
            if done % SAY_EVERY == 0 or done == len(self._drawing):
                self._say(f"{done} of {len(self._drawing)} drawn")
        pictures.finish(self.pictures)
        return self.pictures

    def film(self, name: str) -> Path:
        """Return where a film is, once it is whole."""
        path = self._films / f"{name}.mp4"
        if work := self._work.get(name):
            for part in work:
                part.result()
            whole = self._room / path.name
            video.join(self._ffmpeg, self._chunks(name), self._sound(name), whole)
            whole.replace(path)
            path.with_suffix(".made").write_text(self._state)
            del self._work[name]
            self._say(f"film {len(FILMS) - len(self._work)} of {len(FILMS)}")
        return path

    def _begin(self, name: str) -> "list[Future[None]]":
        return [
            self._pool.submit(music.write, self._sound(name), FILMS[name].long_s),
            *(
                self._pool.submit(video.make_chunk, self._ffmpeg, chunk, name, number)
                for number, chunk in enumerate(self._chunks(name))
            ),
        ]

    def _is_made(self, name: str) -> bool:
        path = self._films / f"{name}.mp4"
        stamp = path.with_suffix(".made")
        return path.is_file() and stamp.is_file() and stamp.read_text() == self._state

    def _chunks(self, name: str) -> list[Path]:
        return [self._room / f"{name}-{number}.mp4" for number in range(video.CHUNKS)]

    def _sound(self, name: str) -> Path:
        return self._room / f"{name}.wav"

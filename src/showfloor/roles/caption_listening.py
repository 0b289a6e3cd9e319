"""What listens to shows in this process, as the settings say."""

from importlib.util import find_spec
from pathlib import Path

from showfloor.accounts.database_threads import Database
from showfloor.adapters.whisper.process import WhisperProcess
from showfloor.captions import listening
from showfloor.kernel.settings import SettingError, Settings
from showfloor.media.listening.ports import ListeningTools, Said


def listening_tools(settings: Settings, database: Database) -> ListeningTools | None:
    """Return the tools; None without a model. SettingError for a model that cannot be."""
    if not settings.captions_model:
        return None
    if wrong := wrong_with(settings.captions_model):
        raise SettingError(f"SHOWFLOOR_CAPTIONS_MODEL: {wrong}")

    async def say(channel_id: str, language: str, said: Said) -> None:
        await database.run(listening.say, channel_id, language, said)

    return ListeningTools(
        lambda language: WhisperProcess(settings.captions_model, language), listening.wanted, say
    )


def wrong_with(model: str) -> str:
    """Return what is wrong with the folder of a model, in words, or nothing."""
    if not (Path(model) / "model.bin").is_file():
        return f"there is no model.bin in {model}"
    if find_spec("faster_whisper") is None:
        return "the recogniser is not installed: `pip install 'showfloor[captions]'`"
    return ""

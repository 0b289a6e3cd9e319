"""The store of objects of this process, as the settings say."""

from showfloor.kernel.settings import SettingError, Settings
from showfloor.media.recording.object_store import ObjectStore


def object_store(settings: Settings) -> ObjectStore | None:
    """Return the store; None without a bucket. SettingError when its client is not installed."""
    if not settings.s3_bucket:
        return None
    if bool(settings.s3_access_key) != bool(settings.s3_secret_key):
        raise SettingError(
            "SHOWFLOOR_S3_ACCESS_KEY: needs SHOWFLOOR_S3_SECRET_KEY beside it, or neither"
        )
    try:  # half a second and 20 MB: only where used
        from showfloor.adapters.s3.object_store import S3ObjectStore, S3Place
    except ModuleNotFoundError as error:
        if error.name not in {"boto3", "botocore"}:
            raise
        raise SettingError(
            "SHOWFLOOR_S3_BUCKET: the client of S3 is not installed: `pip install 'showfloor[s3]'`"
        ) from None
    return S3ObjectStore(
        S3Place(
            settings.s3_bucket, settings.s3_prefix, settings.s3_endpoint, settings.s3_region,
            settings.s3_access_key, settings.s3_secret_key,
        )
    )  # fmt: skip


def wrong_with(settings: Settings) -> str:
    """Return what is wrong with the store that the settings name, in words, or nothing."""
    try:
        store = object_store(settings)
    except SettingError as error:
        return str(error)
    return store.check() if store is not None else ""

"""Objects in a bucket of S3, or of a server that speaks like it, through boto3 (extra `s3`)."""

import base64
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final, override
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from showfloor.media.recording.object_store import ObjectSource, ObjectStore, ObjectStoreError

log = logging.getLogger(__name__)

PART_BYTES: Final = 16 << 20  # S3 takes 5 MiB to 5 GiB
PARTS_MAX: Final = 10_000  # of one object, by S3's limits
DELETED_AT_ONCE: Final = 1000  # by S3's limits
CONNECT_S: Final = 3.0
READ_S: Final = 15.0
TRIES: Final = 3
RESTS_S: Final = 5.0  # after a read that got no answer, the next ones fail at once
URL_LASTS_S: Final = 300


@dataclass(frozen=True, slots=True)
class S3Place:
    """`endpoint` empty: Amazon's own. `access_key` empty: the machine's own role."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    access_key: str = ""
    secret_key: str = ""


class S3ObjectStore(ObjectStore):
    def __init__(self, place: S3Place, part_bytes: int = PART_BYTES) -> None:
        self._bucket = place.bucket
        self._prefix = f"{place.prefix.strip('/')}/" if place.prefix.strip("/") else ""
        self._part_bytes = part_bytes
        self._client = _client(place)
        self._rests_until = 0.0
        self._lock = threading.Lock()

    @override
    def upload(self, key: str, source: ObjectSource, on_sent: Callable[[int], None]) -> None:
        assert source.size > 0, "an object of nothing is not uploaded in parts"
        with _said():
            if self._size(key) == source.size:  # stored before a stop
                return
            upload_id, there = self._begun(key)
            parts = self._send_parts(key, upload_id, source, there, on_sent)
            self._client.complete_multipart_upload(
                **self._at(key), UploadId=upload_id, MultipartUpload={"Parts": parts}
            )
            stored = self._size(key)
        if stored != source.size:
            raise ObjectStoreError(f"the store keeps {stored} bytes of {source.size}")

    @override
    def read(self, key: str, start: int, length: int) -> bytes:
        with self._lock:
            if time.monotonic() < self._rests_until:
                raise ObjectStoreError("the store does not answer")
        try:
            with _said():
                answer = self._client.get_object(
                    **self._at(key), Range=f"bytes={start}-{start + length - 1}"
                )
                body = bytes(answer["Body"].read(length + 1))
        except ObjectStoreError as error:
            if not isinstance(error.__cause__, ClientError):  # a refusal is an answer
                with self._lock:
                    self._rests_until = time.monotonic() + RESTS_S
            raise
        if len(body) != length:
            raise ObjectStoreError("the object is shorter than it was")
        return body

    @override
    def put(self, key: str, data: bytes) -> None:
        with _said():
            self._client.put_object(**self._at(key), Body=data, ContentMD5=_md5(data))

    @override
    def fetch(self, key: str, size_max: int) -> bytes | None:
        with _said():
            try:
                answer = self._client.get_object(**self._at(key))
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                    return None
                raise
            body = bytes(answer["Body"].read(size_max + 1))
        if len(body) > size_max:
            raise ObjectStoreError("the object is larger than it can be")
        return body

    @override
    def delete_below(self, prefix: str) -> int:
        assert prefix.endswith("/"), "else it would begin the keys of others, too"
        whole = self._prefix + prefix
        with _said():
            for key, upload_id in self._uploads(whole):
                self._client.abort_multipart_upload(
                    Bucket=self._bucket, Key=key, UploadId=upload_id
                )
            deleted = 0
            for some in batched(self._versions(whole), DELETED_AT_ONCE):
                self._delete(some)
                deleted += len(some)
        return deleted

    @override
    def signed_url(self, key: str, filename: str) -> str:
        with _said():
            return str(
                self._client.generate_presigned_url(
                    "get_object",
                    Params={
                        **self._at(key),
                        "ResponseContentDisposition": (
                            f"attachment; filename*=UTF-8''{quote(filename)}"
                        ),
                        "ResponseContentType": "application/octet-stream",
                        "ResponseCacheControl": "private, no-store",
                    },
                    ExpiresIn=URL_LASTS_S,
                )
            )

    @override
    def check(self) -> str:
        try:
            with _said():
                self._client.head_bucket(Bucket=self._bucket)
                self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix, MaxKeys=1)
        except ObjectStoreError as error:
            return str(error)
        return ""

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + key}

    def _size(self, key: str) -> int | None:
        try:
            return int(self._client.head_object(**self._at(key))["ContentLength"])
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise

    def _begun(self, key: str) -> tuple[str, dict[int, tuple[str, int]]]:
        """Return the upload that was cut off, or a new one, and its parts: number -> tag, bytes."""
        whole = self._prefix + key
        found = [upload_id for name, upload_id in self._uploads(whole) if name == whole]
        if not found:
            return str(self._client.create_multipart_upload(**self._at(key))["UploadId"]), {}
        pages = self._client.get_paginator("list_parts").paginate(
            **self._at(key), UploadId=found[-1]
        )
        parts = [part for page in pages for part in page.get("Parts", [])]
        return found[-1], {part["PartNumber"]: (part["ETag"], part["Size"]) for part in parts}

    def _send_parts(
        self, key: str, upload_id: str, source: ObjectSource,
        there: dict[int, tuple[str, int]], on_sent: Callable[[int], None],
    ) -> list[dict[str, Any]]:  # fmt: skip
        length = max(self._part_bytes, -(-source.size // PARTS_MAX))
        parts = []
        for number, start in enumerate(range(0, source.size, length), 1):
            size = min(length, source.size - start)
            tag, stored = there.get(number, ("", -1))
            if stored != size:
                tag = self._send_part(key, upload_id, number, source.read(start, size))
            parts.append({"PartNumber": number, "ETag": tag})
            on_sent(start + size)
        return parts

    def _send_part(self, key: str, upload_id: str, number: int, body: bytes) -> str:
        answer = self._client.upload_part(
            **self._at(key), UploadId=upload_id, PartNumber=number, Body=body,
            ContentMD5=_md5(body),
        )  # fmt: skip
        return str(answer["ETag"])

    def _uploads(self, prefix: str) -> Iterator[tuple[str, str]]:
        pages = self._client.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
            for one in page.get("Uploads", []):
                yield one["Key"], one["UploadId"]

    def _versions(self, prefix: str) -> Iterator[dict[str, str]]:
        """Yield each object and each marker of a deletion; `null` is the version of a bucket that
        keeps none."""
        pages = self._client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
            for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                yield {"Key": one["Key"], "VersionId": one["VersionId"]}

    def _delete(self, versions: Sequence[dict[str, str]]) -> None:
        answer = self._client.delete_objects(
            Bucket=self._bucket, Delete={"Objects": list(versions), "Quiet": True}
        )
        if answer.get("Errors"):
            first = answer["Errors"][0]
            raise ObjectStoreError(f"an object was not deleted: {first.get('Code')}")


def _md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def _client(place: S3Place) -> Any:
    session = boto3.session.Session(
        aws_access_key_id=place.access_key or None,
        aws_secret_access_key=place.secret_key or None,
        region_name=place.region or "us-east-1",
    )
    return session.client(
        "s3", endpoint_url=place.endpoint or None,
        config=Config(
            connect_timeout=CONNECT_S, read_timeout=READ_S, max_pool_connections=32,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            signature_version="s3v4",
            s3={"addressing_style": "path" if place.endpoint else "auto"},
            # Servers other than Amazon's do not all take its newer checksums; parts have an MD5.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )  # fmt: skip


@contextmanager
def _said() -> Iterator[None]:
    """Turn the client's errors into ours, in words without addresses and keys."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        code = error.response.get("Error", {}).get("Code")
        raise ObjectStoreError(f"the store refuses ({status} {code})") from error
    except BotoCoreError as error:
        raise ObjectStoreError(f"the store does not answer ({type(error).__name__})") from error
    except OSError as error:
        if isinstance(error, ObjectStoreError):
            raise
        raise ObjectStoreError(f"the store does not answer ({type(error).__name__})") from error

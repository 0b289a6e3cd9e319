"""A server that speaks S3 (moto), on a port of this machine, with buckets that keep versions."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from showfloor.adapters.s3.object_store import S3Place

_numbers = count()  # moto keeps what it has when a server of it stops


class S3Server:
    """`place` of a fresh bucket, and what is in it."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self.client: Any = boto3.client(
            "s3", endpoint_url=endpoint, region_name="us-east-1",
            aws_access_key_id="key", aws_secret_access_key="secret",
        )  # fmt: skip

    def bucket(self, prefix: str = "") -> S3Place:
        name = f"shows-{next(_numbers)}"
        self.client.create_bucket(Bucket=name)
        self.client.put_bucket_versioning(
            Bucket=name, VersioningConfiguration={"Status": "Enabled"}
        )
        return S3Place(name, prefix, self._endpoint, "us-east-1", "key", "secret")

    def versions(self, place: S3Place) -> list[str]:
        """Return the key of each version and each marker of a deletion in a bucket."""
        found = self.client.list_object_versions(Bucket=place.bucket)
        return [one["Key"] for kind in ("Versions", "DeleteMarkers") for one in found.get(kind, [])]

    def uploads(self, place: S3Place) -> int:
        return len(self.client.list_multipart_uploads(Bucket=place.bucket).get("Uploads", []))


@contextmanager
def s3_server() -> Iterator[S3Server]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3Server(f"http://{host}:{port}")
    finally:
        server.stop()

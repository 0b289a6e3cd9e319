"""RTMP in TLS: a publisher comes in, and renewed files are taken without a restart."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from showfloor.media.rtmp.certificate import ServerCertificate
from showfloor.media.rtmp.server import RtmpLimits, Rtmps, RtmpServer
from tests.media.rtmp.support import AVC_CONFIG, KEY_FRAME, PICTURES, FakeIngest, opening, video
from tests.support.waiting import await_until

HANDSHAKE = b"\x03" + bytes(1536) + bytes(1536)


def write_pair(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a certificate of that name that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("stream.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "chain.pem", folder / "key.pem"
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )  # fmt: skip
    return certificate_file, key_file


async def dial(port: int, trusted: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = ssl.create_default_context(cafile=str(trusted))
    return await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname="stream.test"
    )


async def test_publisher_comes_in_by_tls_and_a_renewed_certificate_is_taken(tmp_path: Path) -> None:
    files = write_pair(tmp_path, "old")
    certificate = ServerCertificate(*files)
    ingest, limits = FakeIngest(), RtmpLimits(linger_s=0.2)
    server = RtmpServer(ingest, "127.0.0.1", 0, limits, rtmps=Rtmps(0, certificate))
    await server.start()
    try:
        assert server.rtmps_port not in {0, server.port}
        _reader, writer = await dial(server.rtmps_port, files[0])
        writer.write(HANDSHAKE + opening() + video(AVC_CONFIG) + video(KEY_FRAME))
        await await_until(lambda: ingest.sinks and len(ingest.sinks[0].items) == 2)
        assert ingest.sinks[0].items[0] == PICTURES

        old = files[0].read_bytes()
        write_pair(tmp_path, "new")
        new_key = files[1].read_bytes()
        files[1].write_bytes(b"half a key")
        certificate.renew()  # a pair that does not fit: the old one goes on
        trusted = tmp_path / "old.pem"
        trusted.write_bytes(old)
        _, again = await dial(server.rtmps_port, trusted)
        again.close()
        files[1].write_bytes(new_key)
        certificate.renew()
        _, renewed = await dial(server.rtmps_port, files[0])
        renewed.close()
        with pytest.raises(ssl.SSLCertVerificationError):
            await dial(server.rtmps_port, trusted)
        assert ingest.sinks[0].closed == []  # the one from before is still there
        writer.close()
    finally:
        await server.close()


def test_certificate_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ServerCertificate(tmp_path / "none.pem", tmp_path / "none.key")

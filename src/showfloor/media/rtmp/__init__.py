"""RTMP ingest: the subset of Adobe's RTMP 1.0 (and Enhanced RTMP v2) that publishers use.

    ProtocolError          the peer does not speak RTMP as we know it; the connection is cut
    ├── ChunkError         chunks.py: bytes to messages and back
    ├── HandshakeError     handshake.py: the first 3073 bytes
    └── CommandError       session.py: the right bytes at the wrong time

`server.py` owns sockets and time; everything else is bytes in, bytes and values out.
"""

"""FLV: what RTMP carries and what FFmpeg's pipes speak, and nothing behind these two knows.

    FlvError               errors.py: malformed bytes; no input raises anything else
    ├── AmfError           amf.py: values in script data, and in RTMP's commands
    └── UnsupportedCodec   well-formed media of a codec that is not taken

`tags.py` reads and writes the container, `payloads.py` the headers in it, `packets.py` goes between
tags and the packets that everything else speaks. Clauses: "FLV" is Adobe's Video File Format 10.1,
annex E; "E-RTMP" is Enhanced RTMP v2.
"""

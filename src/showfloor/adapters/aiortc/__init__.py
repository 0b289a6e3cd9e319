"""WebRTC by aiortc, in a process for each publisher.

aiortc gives decoded frames alone, so the worker takes RTP packets before its receiver would decode
them. That needs private parts of aiortc and aioice; `tests/adapters/aiortc/test_contract.py` names
each of them. A worker that dies or hangs takes no other publisher with it, and its connection
with the publisher ends, too: nothing looks alive that is not.
"""

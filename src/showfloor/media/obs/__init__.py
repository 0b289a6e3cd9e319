"""Multitrack video of OBS: the request that OBS makes before it sends, and the answer.

OBS asks an address for its configuration (the public request `GetClientConfiguration`), makes the
pictures of the answer itself, and sends all of them in one stream of enhanced RTMP. What is asked
of OBS here is what can be passed through (`media.encoding.pass_plan`).
"""

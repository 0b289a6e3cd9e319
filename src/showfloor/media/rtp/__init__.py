"""RTP's media without its transport: packets in any order become pictures and sound in order.

Nothing here knows a socket, a codec library or a clock of its own; `now` is a monotonic time in
seconds. Clauses are those of RFC 3550 (RTP) and RFC 6184 (its H.264).
"""

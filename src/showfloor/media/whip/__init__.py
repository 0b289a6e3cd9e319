"""WHIP (RFC 9725): a browser or an encoder publishes by WebRTC, with one HTTP request.

`offers` checks what a publisher offers, `sessions` holds the publishers that were let in, and
`ports.Peer` is the WebRTC connection, which an adapter makes.
"""

"""The synthetic audience: invented viewers who fill a demo or a rehearsal, over the public API."""

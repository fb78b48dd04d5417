"""
The reference on the wire: over ASGI in this process, and as a server process on a database, killed for real.

`asking` turns asks into HTTP and back; `asgi` serves them in process. Across two processes: `messages` is what they say to
each other, `duct` how; `zygote` forks servers, `server` is one, with its `ports`; `nursery` keeps the zygote, `exchange` is
the client's TCP connection, `life` one boot of a server as this process sees it, and `front` the shop of a run.
"""

"""
The reference on the wire: over ASGI in this process, and as a server process on a database, killed for real.

`asking` turns asks into HTTP and back; `asgi` serves them in process. Across two processes: `messages` is what they say to
each other; on the server's side `zygote` forks servers, `rehearsal` warms them, `server` is one, `ports` announce its
crossings on its `line`. On the watcher's side `nursery` keeps the zygote, `exchange` is the client's TCP connection, `life`
one boot of a server as it is watched, `front` the shop of a run, `lanes` and `turns` several at once.
"""

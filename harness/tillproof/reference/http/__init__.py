"""
The HTTP face of the reference: Medusa v1's Store and Admin API, as far as payments touch it, on Litestar.

HTTP parses, authenticates, hands on to `reference.api.serve`, and shapes. Every route comes from `api.ENDPOINTS`; `surface`
adds what only the wire has (bodies, queries, words). Needs the extra `server`; nothing else in tillproof imports this.
"""

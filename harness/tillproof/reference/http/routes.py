"""Litestar's routes, made from the table of endpoints: read, hand on, shape."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

import msgspec
from litestar import MediaType, Response
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import HTTPRouteHandler
from msgspec.structs import replace

from tillproof.domain.entities import Data
from tillproof.domain.requests import Ask
from tillproof.reference.api import ENDPOINTS, Endpoint, serve
from tillproof.reference.http.bodies import Credentials
from tillproof.reference.http.reading import Incoming, body_of, ids_of, key_of, query_of
from tillproof.reference.http.signing_in import COOKIE, SESSION_LIFE, Doorkeeper
from tillproof.reference.http.surface import SURFACES
from tillproof.reference.http.wire import shaped
from tillproof.reference.ports import StoreError
from tillproof.reference.refusals import Conflict
from tillproof.reference.shop import Shop

ADMIN = "/admin/"
"""Where the routes begin that only the administrator may use."""


def routes(shop: Shop, doorkeeper: Doorkeeper) -> list[HTTPRouteHandler]:
    """Return a route for each endpoint, and those for signing in."""
    answering = [_route(shop, doorkeeper, name, endpoint) for name, endpoint in ENDPOINTS.items()]
    answering += _auth(doorkeeper)
    methods: dict[str, list[str]] = {}
    for route in answering:
        for path in route.paths:
            methods.setdefault(path, []).extend(route.http_methods)
    return [*(_options(path, allowed) for path, allowed in methods.items()), *answering]


def paths(endpoint: Endpoint) -> list[str]:
    """Return where an endpoint is found."""
    return [endpoint.path] if endpoint.alias is None else [endpoint.path, endpoint.alias]


def _route(shop: Shop, doorkeeper: Doorkeeper, name: str, endpoint: Endpoint) -> HTTPRouteHandler:
    surface = SURFACES[name]

    async def answer(request: Incoming) -> Response[Data]:
        body = await body_of(request, surface.body)
        params = {**query_of(request, surface.query), **body, **ids_of(request.path_params)}
        ask = Ask(endpoint=name, params=params, key=key_of(request))
        if surface.raw:
            ask = replace(ask, headers=dict(request.headers), raw=await request.body())
        answer = await serve(shop, ask)
        if answer.status != HTTPStatus.OK:
            return Response(answer.body, status_code=answer.status, headers=answer.headers)
        try:
            return Response(await shaped(shop, answer.body), headers=answer.headers)
        except StoreError:  # done, but what was done cannot be shown: the retry shows it
            return Response(Conflict().body(), status_code=Conflict.status, headers=answer.headers)

    return HTTPRouteHandler(
        [path.replace("}", ":str}") for path in paths(endpoint)],
        http_method=endpoint.method,  # type: ignore[arg-type]  # a plain word there, one of a few literals here
        name=name,
        opt={"endpoint": name},
        guards=[doorkeeper.guard] if endpoint.path.startswith(ADMIN) else [],
        status_code=HTTPStatus.OK,
    )(answer)


def _options(path: str, methods: list[str]) -> HTTPRouteHandler:
    """Tell which methods a path takes. Litestar's own answer knows only the route it met first there."""
    allowed = ", ".join(sorted([*methods, "OPTIONS"]))

    async def options(request: Incoming) -> Response[None]:
        del request
        return Response(None, status_code=HTTPStatus.NO_CONTENT, headers={"allow": allowed})

    return HTTPRouteHandler(path, http_method="OPTIONS", status_code=HTTPStatus.NO_CONTENT)(options)


def _auth(doorkeeper: Doorkeeper) -> Iterator[HTTPRouteHandler]:
    user = {"user": {"id": "usr_admin", "email": doorkeeper.admin.email, "role": "admin"}}

    async def admitted(request: Incoming) -> str:
        given = msgspec.convert(await body_of(request, Credentials), type=Credentials)
        if not doorkeeper.admits(given.email, given.password):
            raise NotAuthorizedException
        return doorkeeper.begin()

    async def sign_in(request: Incoming) -> Response[Data]:
        session = await admitted(request)
        cookie = Cookie(
            key=COOKIE,
            value=session,
            max_age=SESSION_LIFE,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return Response(user, cookies=[cookie])

    async def take_token(request: Incoming) -> Response[Data]:
        return Response({"access_token": await admitted(request)})

    async def who(request: Incoming) -> Response[Data]:
        del request
        return Response(user)

    async def sign_out(request: Incoming) -> Response[str]:
        doorkeeper.end(request.cookies.get(COOKIE))
        return Response("OK", media_type=MediaType.TEXT, cookies=[Cookie(key=COOKIE, value="", max_age=0)])

    yield HTTPRouteHandler("/admin/auth", http_method="POST", name="sign_in", status_code=HTTPStatus.OK)(sign_in)
    yield HTTPRouteHandler("/admin/auth/token", http_method="POST", name="take_token", status_code=HTTPStatus.OK)(take_token)
    yield HTTPRouteHandler("/admin/auth", http_method="GET", name="who_is_signed_in", guards=[doorkeeper.guard])(who)
    yield HTTPRouteHandler(
        "/admin/auth", http_method="DELETE", name="sign_out", guards=[doorkeeper.guard], status_code=HTTPStatus.OK
    )(sign_out)

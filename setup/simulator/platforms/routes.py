"""Platforms with an address of their own for each operation."""

from collections.abc import Callable

from fastapi import FastAPI
from starlette.requests import Request

from ..calls import Platform, serve
from ..world import World


def add(
    app: FastAPI,
    world: World,
    platform: Platform,
    operations: dict,
    *,
    tag: str,
    document: Callable,
) -> None:
    """One documented route per operation, one for all others.

    :param operations: operation → (its form, its work)
    :param document: (operation, form) → the OpenAPI description of the operation
    """
    place = f"/{platform.name}/v1"

    async def call(request: Request):
        return await serve(world, platform, request)

    for operation, (form, work) in operations.items():
        app.add_api_route(
            f"{place}/{operation}",
            _fixed(call, operation),
            methods=["POST"],
            tags=[tag],
            summary=work.__doc__,
            name=f"{platform.name}_{operation}",
            response_model=None,
            openapi_extra=document(operation, form),
        )
    app.add_api_route(
        f"{place}/{{operation}}",
        call,
        methods=["POST"],
        include_in_schema=False,
        name=platform.name,
    )


def _fixed(call: Callable, operation: str) -> Callable:
    async def fixed(request: Request):
        request.path_params["operation"] = operation
        return await call(request)

    return fixed

"""The HTTP program: platforms, control and the page put together."""

from contextlib import asynccontextmanager

from fastapi import FastAPI

from . import control, page, platforms
from .world import World

ABOUT = """
A simulation of tax endpoints for tests. Nothing here reaches a tax authority.
模拟环境：所有数据均为虚构。
"""


def create_app(path: str) -> FastAPI:
    """The application on the state kept in a file."""
    world = World.open(path)

    @asynccontextmanager
    async def lifespan(app: FastAPI):
        yield
        world.store.close()

    app = FastAPI(
        title="Simulated tax endpoints",
        version="1.0.0",
        description=ABOUT,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.world = world
    platforms.register_all(app, world)
    control.register(app, world)
    page.register(app, world)
    return app

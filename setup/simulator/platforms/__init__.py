"""The platforms that are served.

A module of this folder that has a `register(app, world)` is a platform; one more
platform is one more file. (A module without it only helps others.)
"""

import importlib
import pkgutil

from fastapi import FastAPI

from ..world import World


def register_all(app: FastAPI, world: World) -> list[str]:
    """Add the routes of every platform; answers their module names."""
    # All are imported first: some only add services to another's envelope.
    modules = {
        info.name: importlib.import_module(f"{__name__}.{info.name}")
        for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name)
    }
    served = [name for name, module in modules.items() if hasattr(module, "register")]
    for name in served:
        modules[name].register(app, world)
    return served

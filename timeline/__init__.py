"""The public record of arms transfers between North Korea and Russia, as validated, citable tables.

``__init__.pyi`` lists the public names and their modules; each is imported when it is first used, so that
``import timeline`` itself costs next to nothing.

>>> import timeline
>>> events = timeline.load("events", "1.0.0")
>>> int((events["kind"] == "transfer").sum()) > 0
True
"""


def _modules():
    """Module of each public name."""
    face = __spec__.loader.get_data(f"{__path__[0]}/__init__.pyi").decode()
    words = (line.split() for line in face.splitlines() if line.startswith("from "))
    return {name: module for _, module, _, name, *_ in words}


def __getattr__(name):
    if name == "__all__":
        return sorted(_modules())
    if name == "__version__":
        from importlib.metadata import version

        return version("dprk-russia-timeline")
    module = None if name.startswith("_") else _modules().get(name)
    if module is None:
        raise AttributeError(f"module 'timeline' has no attribute {name!r}")
    from importlib import import_module

    globals()[name] = found = getattr(import_module(module), name)
    return found


def __dir__():
    return [*sorted(_modules()), "__version__"]

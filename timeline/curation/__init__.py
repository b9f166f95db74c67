"""Facts as people write them, and the package that is built from them (extra ``build``)."""

from importlib.util import find_spec

from timeline.errors import BadRequest

if find_spec("yaml") is None:
    raise BadRequest("building needs yaml: pip install 'dprk-russia-timeline[build]'")

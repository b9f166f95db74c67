from timeline.archive import apply as apply
from timeline.archive import cite as cite
from timeline.archive import diff as diff
from timeline.archive import load as load
from timeline.archive import open as open
from timeline.archive import releases as releases
from timeline.archive import resolve as resolve
from timeline.archive import tables as tables
from timeline.archive import validate as validate
from timeline.dataset import Dataset as Dataset
from timeline.dates.edtf import parse_date as parse_date
from timeline.dates.windows import after as after
from timeline.dates.windows import before as before
from timeline.dates.windows import during as during
from timeline.dates.windows import within as within
from timeline.errors import BadData as BadData
from timeline.errors import BadRequest as BadRequest
from timeline.errors import BrokenRelease as BrokenRelease
from timeline.errors import NotEDTF as NotEDTF
from timeline.errors import TimelineError as TimelineError
from timeline.knowledge import as_known_on as as_known_on
from timeline.lazy_dataset import LazyDataset as LazyDataset
from timeline.questions.story import Story as Story
from timeline.validation.schema import schema as schema
from timeline.versions.changes import Changes as Changes
from timeline.versions.verify import verify as verify

__version__: str

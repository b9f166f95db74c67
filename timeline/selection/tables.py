"""A set of tables and the steps that led to it: the state below every dataset, without any verb."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from timeline import contract
from timeline.contract import OnDemand, types
from timeline.contract.relations import closed
from timeline.engines import Arrow, Engine, Lazy
from timeline.errors import BadData
from timeline.selection.spreadsheet import wide_view

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from timeline.files.package import Package

Step = tuple[str, tuple[tuple[str, Any], ...]]
Frame = TypeVar("Frame")


class Tables(Mapping[str, Frame]):
    """Tables by name, and the steps that led to them.

    Nothing changes it: each filter returns another of the same class that remembers its step, in which rows
    that refer to dropped rows are gone and the registries hold what is still referred to.
    """

    version: str
    steps: tuple[Step, ...]
    _whole: Self
    _engine: Engine

    @property
    @abstractmethod
    def package(self) -> Package | None:
        """The package that it, or what it was filtered from, was opened from; None if made of frames."""

    @property
    @abstractmethod
    def _rows(self) -> Mapping[str, Lazy]:
        """Every table, in which references to dropped rows may be left."""

    @abstractmethod
    def _part(self, rows: Mapping[str, Lazy], step: Step) -> Self:
        """A dataset of these rows, closed, that remembers the step."""

    @abstractmethod
    def _lines(self) -> list[str]:
        """What it says of itself, line by line."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        return contract.TABLES

    @property
    def whole(self) -> Self:
        """The dataset without any filter."""
        return self._whole

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a dataset does not change, so that {name} cannot be set")

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def __contains__(self, name: object) -> bool:
        return name in self.tables

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        from html import escape

        heading, *rest = self._lines()
        return f"<b>{escape(heading)}</b><br>" + "<br>".join(map(escape, rest))

    def _told_steps(self) -> list[str]:
        told = [
            f"{verb}({', '.join(f'{key}={_single(value)!r}' for key, value in given)})"
            for verb, given in self.steps
        ]
        days = [dict(given)["day"] for verb, given in self.steps if verb == "as_known_on"]
        return told + ([f"reconstruction of the public record as of {min(days)}"] if days else [])


def _single(value: Any) -> Any:
    """A tuple of one as that one."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


class TablesInMemory(Tables["pd.DataFrame"]):
    """Tables in memory: a mapping from table name to pandas DataFrame."""

    _engine = Arrow()

    def __init__(
        self,
        tables: Mapping[str, pa.Table],
        version: str,
        whole: Self | None = None,
        steps: tuple[Step, ...] = (),
    ) -> None:
        self._tables: Mapping[str, pa.Table]
        vars(self).update(_tables=tables, _whole=whole or self, version=version, steps=steps)

    def __eq__(self, other: object) -> bool:
        """Whether all tables are the same, however they came about."""
        if not isinstance(other, TablesInMemory):
            return NotImplemented
        return all(self._plain(name).equals(other._plain(name)) for name in self.tables)

    __hash__ = None  # type: ignore[assignment]

    @property
    def package(self) -> Package | None:
        tables = self._whole._tables
        return tables.package if isinstance(tables, TablesOf) else None

    def __getitem__(self, name: str) -> pd.DataFrame:
        return contract.to_pandas(name, self._worded(name))

    def arrow(self, name: str) -> pa.Table:
        """One table as pyarrow.Table: text, ``date32``, numbers; vocabularies as dictionaries."""
        return types.encode(name, self._worded(name))

    def _worded(self, name: str) -> pa.Table:
        """One table, refused if it has a word that the contract has not; see `Package.worded`."""
        data = self._plain(name)
        if strange := types.strange_words(name, data, lambda _, row, __: f"{name} row {row}"):
            if self.package:
                self.package.worded(name)  # which knows in what file and row each stands
            raise BadData(strange)
        return data

    def _plain(self, name: str) -> pa.Table:
        """One table with vocabularies as text, which every filter and comparison takes."""
        contract.table(name)
        return self._tables[name]

    @property
    def _rows(self) -> Mapping[str, Lazy]:
        return OnDemand(lambda name: self._engine.bring(self._plain(name)))

    def _part(self, rows: Mapping[str, Lazy], step: Step) -> Self:
        held = in_memory(rows, self._engine, (step,))
        return type(self)(held, self.version, self._whole, (*self.steps, step))

    def _lines(self) -> list[str]:
        import pyarrow.compute as pc

        events = self._plain("events")
        first, last = pc.min(events["start_earliest"]).as_py(), pc.max(events["start_latest"]).as_py()
        period = f" that began from {first} to {last}" if len(events) else ""
        counts = ", ".join(f"{len(self._plain(name)):,} {name.replace('_', ' ')}" for name in _COUNTED)
        heading = f"timeline {self.version}: {len(events):,} events{period}"
        return [heading, counts, *self._told_steps()]


_COUNTED = (
    "participants",
    "estimates",
    "designations",
    "citations",
    "event_links",
    "actors",
    "sources",
    "places",
)


class TablesOf(OnDemand["pa.Table"]):
    """Tables of a package, each read when it is first asked for."""

    def __init__(self, package: Package) -> None:
        super().__init__(package.table)
        self.package = package


def in_memory(rows: Mapping[str, Lazy], engine: Engine, steps: tuple[Step, ...]) -> dict[str, pa.Table]:
    """Rows to which these steps led, closed, in memory, in the order in which tables are published."""
    kept = closed(rows, lambda rows: engine.lent(rows.collect().to_arrow()))
    tables = {name: types.sort(name, kept[name].collect().to_arrow()) for name in kept}
    if any(verb == "as_known_on" for verb, _ in steps):
        tables["timeline"] = wide_view(tables)
    return tables

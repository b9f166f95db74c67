"""Every rule of the dataset, in the order in which they are asked."""

from __future__ import annotations

from functools import cache
from itertools import chain

from timeline import contract
from timeline.contract.relations import registry_keys
from timeline.validation import keys, of_events, of_evidence, of_registries
from timeline.validation.rule import Rule

RULES = [*of_events.RULES, *of_evidence.RULES, *of_registries.RULES]
"""Rules that no single column can state, as the codebook lists them."""


@cache
def in_waves() -> tuple[tuple[Rule, ...], ...]:
    """Rules by what they ask: what a value is, where it leads, whether its row is the only one, how rows fit
    together, and what is used.
    """
    names = contract.TABLES
    return (
        tuple(chain.from_iterable(map(keys.value_rules, names))),
        tuple(chain.from_iterable(map(keys.reference_rules, names))),
        tuple(chain.from_iterable(map(keys.key_rules, names))),
        (*chain.from_iterable(map(keys.bounds_rules, names)), *RULES),
        tuple(keys.unused(name, referring) for name in names if (referring := registry_keys(name))),
    )


def all_rules() -> list[Rule]:
    """Every rule, those of the contract's columns and keys first."""
    return list(chain.from_iterable(in_waves()))

"""Rules about sources: who wrote them, where they were read, one spelling of one thing."""

from __future__ import annotations

import narwhals as nw

from timeline.engines import ROW, Lazy, Tables
from timeline.validation.rule import Rule, collected_in, endless

RULES: list[Rule] = []
named = collected_in(RULES)


@named(
    "sources",
    "publisher",
    says="The publisher is who wrote the text; where it was read is told in host, not behind via or copy.",
)
def publishers_are_who_wrote_the_text(t: Tables) -> Lazy:
    return t["sources"].filter(nw.col("publisher").str.contains(r"\(([Vv]ia|[Cc]opy|[Ff]rom|[Rr]epost)\b"))


@named(
    "sources",
    "host",
    "publisher",
    says="The host is named only where it is another house than the publisher.",
)
def hosts_are_other_houses(t: Tables) -> Lazy:
    return t["sources"].filter(nw.col("host") == nw.col("publisher"))


@named(
    "sources",
    "publisher",
    says="A house has one spelling, as publisher and as host: no second one that differs in "
    "capitals, spaces, marks or The alone. Of two spellings the one that more sources have "
    "stays.",
)
def one_publisher_has_one_spelling(t: Tables) -> Lazy:
    return t["sources"].join(_rare_spellings(t).select(publisher="_name"), on="publisher", how="semi")


@named(
    "sources",
    "host",
    says="A house has one spelling, as host and as publisher: no second one that differs in "
    "capitals, spaces, marks or The alone. Of two spellings the one that more sources have "
    "stays.",
)
def one_host_has_one_spelling(t: Tables) -> Lazy:
    return t["sources"].join(_rare_spellings(t).select(host="_name"), on="host", how="semi")


def _rare_spellings(t: Tables) -> Lazy:
    """Names of houses beside which there is a more frequent spelling."""
    named = nw.concat([t["sources"].select(_name=column) for column in ("publisher", "host")])
    spellings = named.filter(~nw.col("_name").is_null()).group_by("_name").agg(nw.len().alias("_uses"))
    spellings = spellings.with_columns(
        _house=_bare(nw.col("_name"), r"^the |[ .,'’/&-]"), _rank=-nw.col("_uses").cast(nw.Int64)
    )
    first = spellings.unique("_house", keep="first", order_by=["_rank", "_name"])
    return spellings.join(first.select("_name"), on="_name", how="anti")


@named(
    "sources",
    "url",
    says="An address stands once: no second one that differs in http or https, www, capitals, a "
    "slash at the end or what follows # alone.",
)
def one_address_has_one_spelling(t: Tables) -> Lazy:
    rows = t["sources"].with_columns(_address=_bare(nw.col("url"), r"^https?://(www\.)?|#.*$|/+$"))
    twice = rows.group_by("_address").agg(nw.len().alias("_n"), nw.col(ROW).min().alias("_first"))
    return rows.join(twice.filter(nw.col("_n") > 1), on="_address").filter(nw.col(ROW) > nw.col("_first"))


@named(
    "sources",
    "url",
    says="An address has no utm_ in it, which only tells a house where its readers come from.",
)
def addresses_do_not_say_who_led_there(t: Tables) -> Lazy:
    return t["sources"].filter(nw.col("url").str.contains(r"[?&]utm_"))


def _bare(text: nw.Expr, needless: str) -> nw.Expr:
    return text.str.to_lowercase().str.replace_all(needless, "")


@named(
    "sources",
    "relays",
    says="What a source relays must lead in three steps at most to one that relays nothing, never back.",
)
def sources_do_not_relay_themselves(t: Tables) -> Lazy:
    return endless(t["sources"], "source_id", "relays")

"""Dates in plain English."""

from __future__ import annotations

import pytest

from timeline.dates.edtf import parse_date

WORDS = {
    "2023-11-21": "on 21 November 2023",
    "2024-01": "on an unknown day in January 2024",
    "2011": "on an unknown day in 2011",
    "2023-12-2X": "on one day between 20 and 29 December 2023",
    "201X": "on an unknown day in the 2010s",
    "20XX": "on one day between 2000 and 2099",
    "1950S2": "on one day between 1900 and 1999 (estimated 1950)",
    "2004-XX": "on an unknown day in 2004",
    "1984-1X": "on one day between October and December 1984",
    "156X-12-25": "on one day between 25 December 1560 and 25 December 1569 (as 156X-12-25)",
    "1XXX-12": "on one day between 1 December 1000 and 31 December 1999 (as 1XXX-12)",
    "2001-21": "on an unknown day in the spring of 2001 (March to May 2001)",
    "2001-30": "on an unknown day in the southern summer of 2001 (December 2001 to February 2002)",
    "2001-34": "on an unknown day in the second quarter of 2001 (April to June 2001)",
    "2023-10-01~": "on or about 1 October 2023",
    "2023-10-01?": "perhaps on 1 October 2023",
    "2023-10-01%": "perhaps on or about 1 October 2023",
    "2025-04~": "on an unknown day in or about April 2025",
    "2025-04?": "on an unknown day, perhaps in April 2025",
    "2004-06~-11": "on 11 June 2004 (year and month approximate)",
    "?2004-06-%11": "on 11 June 2004 (year uncertain, day approximate and uncertain)",
    "2023-11-21~/..": "from about 21 November 2023, going on",
    "2024-11/..": "from November 2024, going on",
    "2025-06-30/": "from 30 June 2025, end unknown",
    "../1985": "up to 1985",
    "/1985-04-12": "until 12 April 1985, start unknown",
    "2025-05-26/2025-05-29~": "from 26 to about 29 May 2025",
    "2023-07-31/2023-08-02": "from 31 July to 2 August 2023",
    "2023-12-30/2024-02-07": "from 30 December 2023 to 7 February 2024",
    "2022-09-06/2022-10": "from 6 September 2022 to October 2022",
    "2023-08/2024-01": "from August 2023 to January 2024",
    "2023-12-2X/2024-01-03": "from a day between 20 and 29 December 2023 to 3 January 2024",
    "..2004-06-01/2004-06-20": "from 1 June 2004 or earlier to 20 June 2004",
    "2004-06-01/2004-06-20..": "from 1 to 20 June 2004 or later",
    "[2023-11-21..2023-11-30]": "on one day between 21 and 30 November 2023",
    "[2023-11-30..2023-12-01]": "on 30 November or 1 December 2023",
    "[2017-01-01..2017-12-31]": "on an unknown day in 2017",
    "[2023-11-21~..2023-11-30]": "on one day between about 21 and 30 November 2023",
    "[2025-01..2025-03]": "on one day between January and March 2025",
    "[1667,1668,1670..1672]": "on one day in 1667, in 1668 or between 1670 and 1672",
    "[..1760-12-03]": "on one day up to 3 December 1760",
    "[1760-12..]": "on one day from December 1760 on",
    "{2022-12-22,2022-12-23}": "on 22 and 23 December 2022",
    "{2023-11-21..2023-11-25}": "from 21 to 25 November 2023",
    "{1960,1961-12}": "in 1960 and in December 1961",
    "{..1984}": "up to 1984",
    "9999": "on an unknown day in 9999",
}


@pytest.mark.parametrize(("text", "words"), WORDS.items())
def test_in_words(text: str, words: str) -> None:
    assert words == parse_date(text).in_words()

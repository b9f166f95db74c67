"""A static site of the record: every page from the tables alone, no server, no network."""

"""`make bench`: how fast the library trains, and what a reader waits for. See __main__.py."""

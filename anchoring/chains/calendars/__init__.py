"""OpenTimestamps calendars: the way to Bitcoin that costs nothing and needs no wallet."""

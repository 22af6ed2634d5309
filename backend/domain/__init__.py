"""The contact centre in its own words, pure: no clock, no database, no sockets, no chance, no logging."""

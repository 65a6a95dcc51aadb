"""A whole export overnight: memory, studies an hour, and runs that are killed and go on."""

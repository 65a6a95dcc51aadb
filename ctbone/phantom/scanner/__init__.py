"""What a scanner makes of a body."""

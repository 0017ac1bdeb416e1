"""What a memory says of a version that has no new revision."""

DUPLICATE = -1
TOO_OLD = -2

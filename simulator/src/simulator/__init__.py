"""The five sources on localhost, true to their wire formats, with planted events and faults."""

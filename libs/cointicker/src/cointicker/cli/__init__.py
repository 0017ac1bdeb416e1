"""The operators' command: a module a command, all of them in `command`."""

"""Consume, transform, produce as one transaction; the state is a snapshot plus replay.

A service says what its work is and what its input is (`TaskOptions`), and awaits `run_tasks`.
"""

from cointicker.tasks.run import run_tasks
from cointicker.tasks.settings import TaskOptions, TaskSettings

__all__ = ["TaskOptions", "TaskSettings", "run_tasks"]

"""What is watched, and how: rules, dashboards, and the code that writes the latter."""

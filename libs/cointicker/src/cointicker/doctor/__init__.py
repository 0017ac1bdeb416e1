"""What `cointicker doctor` looks at: a module a subject, with its questions and its verdicts."""

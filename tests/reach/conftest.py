"""What runs in an environment of its own is no test."""

collect_ignore = ["repo2docker_plan.py"]

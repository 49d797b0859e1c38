"""What faults.py is made of: the service and its surroundings, the history, the checker, the runner."""

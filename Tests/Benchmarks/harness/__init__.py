"""What bench.py is made of: the machine, the programs on it, the experiments, the judge and the report."""

"""What an id stands for, in words: scenarios, requirements, error codes, faults and the causes of a run."""

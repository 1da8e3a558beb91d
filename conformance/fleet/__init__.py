"""Many providers: each a run of a pack in a process of its own, scheduled by dask.distributed, gathered in one folder.

Nothing of dask is imported but by `cluster`, when a fleet is run.
"""

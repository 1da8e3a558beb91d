"""What scenarios need of a configuration and cost a provider, which of them form a pack, and what a run would come to."""

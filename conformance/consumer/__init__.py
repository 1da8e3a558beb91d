"""Plays the consumer: builds valid requests, deviates from them by name, sends them, records what comes back."""

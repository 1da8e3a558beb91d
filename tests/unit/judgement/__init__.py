"""The cases of judgement: a provider that behaves in a certain way, legal or not, and the verdict that is right on it."""

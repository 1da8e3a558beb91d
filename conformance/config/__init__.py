"""The user's one YAML file: its schema, its loading, and the values it becomes. `load_config` is the way in."""

from conformance.config.loading import load_config
from conformance.config.model import Config

__all__ = ["Config", "load_config"]

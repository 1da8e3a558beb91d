"""StructureDefinitions and their like: read, stored by canonical URL, compared, checked for faults of their own."""

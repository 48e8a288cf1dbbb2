"""What this room refuses, in words for people: what was wrong, where, and what to do."""


class ImportRefused(Exception):
    """The import cannot be done; the data imported before are untouched and still served."""


class MappingError(ImportRefused):
    """An import mapping that cannot be used; the message names the mapping, the key and the reason."""


class StoreError(Exception):
    """The stored rollup is damaged or cannot be read; the message says which file and what to do."""

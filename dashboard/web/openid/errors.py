"""What goes wrong with a provider. The texts are for logs: nothing in them comes from outside but short words."""


class ProviderDownError(Exception):
    """It cannot be reached, or does not answer as a provider does."""


class DisbelievedError(Exception):
    """It has answered, or somebody in its name, and what was said is not believed."""

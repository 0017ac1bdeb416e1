"""The containers' side of a checkout: base images without a registry, and what a host lacks."""

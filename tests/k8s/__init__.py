"""Are the manifests what the service needs, hardened, and true to the code? Without a cluster, without a network."""

"""Are the manifests hardened and true to the code? Asked without a cluster and without a network."""

"""Would the image run? Rehearsed without a container engine, in namespaces of its own."""

"""What may a document be? Its bounds, the one pass that measures it, and the points it costs."""

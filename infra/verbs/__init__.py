"""What can be asked of the product on the command line? One module per verb, listed in `infra/__main__.py`."""

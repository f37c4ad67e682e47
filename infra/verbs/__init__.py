"""What can be asked on the command line? One module per verb, listed in `infra/__main__.py`."""

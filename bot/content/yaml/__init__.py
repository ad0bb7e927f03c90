"""Reading YAML with the place of every value, and saying what is wrong with its syntax."""

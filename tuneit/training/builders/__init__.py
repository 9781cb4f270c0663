"""A study's model builder: loading it, building models with it, finding its search space."""

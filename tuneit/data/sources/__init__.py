"""Data sources, one file each; `tuneit.data.load` lists them."""

"""Data sources, a file each; `tuneit.data.load` holds the registry."""

"""The user's own Python code: importing it, digests of it, and how it fails."""

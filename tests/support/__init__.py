"""What the end-to-end tests are made of: real programs, real databases, real engines."""

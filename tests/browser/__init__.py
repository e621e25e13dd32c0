"""A package, so that its fixtures end with it: the browser tool's loop must not run on into other tests."""

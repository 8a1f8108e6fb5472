"""A pocket Zendesk and a pocket portal for the demo and the tests, with a desk page on top."""

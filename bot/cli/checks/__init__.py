"""The checks of `doctor`: each file looks at one thing and says what it found, with the remedy."""

"""The cloud-licensing bot: reads a tagged ticket and posts one internal note."""

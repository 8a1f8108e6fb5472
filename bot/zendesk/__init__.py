"""HTTP out to Zendesk: the desk of a running bot, and the provisioning of an account."""

"""Make the account hold what the files say, take it back, and rotate its secret.

An object is ours when it holds `[licensing-bot:<key>]`. The mark is written with the object
itself, so a crash between two writes leaves nothing that the next run would not recognise.
"""

from bot.zendesk.provision.compare import same
from bot.zendesk.provision.refusals import Refusal
from bot.zendesk.provision.run import apply, plan
from bot.zendesk.provision.steps import (
    Applied,
    Change,
    Deal,
    ProvisionError,
    ProvisionPlan,
    Recorder,
    Step,
)
from bot.zendesk.wanted import ProvisionSettings

__all__ = [
    "Applied", "Change", "Deal", "ProvisionError", "ProvisionPlan", "ProvisionSettings",
    "Recorder", "Refusal", "Step", "apply", "plan", "same",
]  # fmt: skip

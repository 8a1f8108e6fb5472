"""Which ticket fields of this account are ours, as `provision` remembered them."""

from bot.store.objects import ObjectBook
from bot.zendesk.reading import FieldIds


def known_fields(book: ObjectBook) -> FieldIds:
    """Return their ids, and how the options of adopted drop-downs read."""
    fields = book.all("field")
    options = {item.key: item.details.get("options") for item in fields}
    return FieldIds(
        {item.key: int(item.object_id) for item in fields},
        {
            key: {str(tag): str(value) for tag, value in known.items()}
            for key, known in options.items()
            if isinstance(known, dict)
        },
    )

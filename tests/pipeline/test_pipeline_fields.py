"""What `provision` remembered of the ticket fields is how the bot reads and writes them."""

from bot.pipeline.fields import known_fields
from bot.store.database import Database
from bot.store.objects import ObjectBook


def test_an_adopted_drop_down_is_read_and_written_in_its_own_words(database: Database) -> None:
    book = ObjectBook(database)
    book.remember("field", "version", "21")
    options = {"options": {"on_cloud_y": "yes"}}
    book.remember("field", "should_be_on_cloud_licensing", "22", options)

    fields = known_fields(book)

    assert fields.read({21: "16.2", 22: "on_cloud_y"}) == {
        "version": "16.2",
        "should_be_on_cloud_licensing": "yes",
    }
    assert fields.write({"should_be_on_cloud_licensing": "yes"}) == [
        {"id": 22, "value": "on_cloud_y"}
    ]

"""Many rows in one statement are the rows that the ORM would write, on both databases."""

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from council.models import Room
from council.rows import insert_rows

pytestmark = pytest.mark.django_db


def rows(council, *numbers):
    return [(council.pk, f"hall:{number}", number) for number in numbers]


def written():
    return list(Room.objects.order_by("key").values_list("key", "seq"))


COLUMNS = ("council", "key", "seq")


def insert(rows, **more):
    columns = (*COLUMNS, "turnouts", "votes", "changed_at")
    insert_rows(Room, columns, [(*row, 0, 0, "2026-04-01T08:00+07:00") for row in rows], **more)


def test_every_row_is_written(council):
    insert(rows(council, 1, 2, 3))

    assert written() == [("hall:1", 1), ("hall:2", 2), ("hall:3", 3)]
    assert {room.council for room in Room.objects.all()} == {council}


def test_nothing_is_written_of_nothing(council, django_assert_num_queries):
    with django_assert_num_queries(0):
        insert([])


def test_a_row_that_is_there_gets_the_new_values(council):
    insert(rows(council, 1, 2))

    insert([(council.pk, "hall:2", 7), (council.pk, "hall:3", 3)], unique=("key",), update=("seq",))

    assert written() == [("hall:1", 1), ("hall:2", 7), ("hall:3", 3)]


def test_without_an_update_a_row_that_is_there_is_a_fault(council):
    insert(rows(council, 1))

    with pytest.raises(IntegrityError), transaction.atomic():
        insert(rows(council, 1))


@pytest.mark.postgres
def test_a_text_that_is_too_long_is_a_fault_and_not_cut_off(council):
    assert connection.vendor == "postgresql"
    with pytest.raises(DataError), transaction.atomic():
        insert([(council.pk, "h" * 500, 1), (council.pk, "hall:2", 2)])

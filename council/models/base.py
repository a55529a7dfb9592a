"""What several rows share: unguessable public ids and dated validity."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from council.errors import WrongState


class PublicIdModel(models.Model):
    """A row that is named in URLs by an unguessable id, never by its key."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class DatedQuerySet(models.QuerySet):
    def on(self, day):
        """Rows in force on `day` (a date): the first day counts, the last day counts too."""
        return self.filter(starts_on__lte=day).filter(Q(ends_on=None) | Q(ends_on__gte=day))


class DatedModel(models.Model):
    """A fact with a first day and, once it has ended, a last day (both inclusive)."""

    starts_on = models.DateField(_("Từ ngày"))
    ends_on = models.DateField(_("Đến ngày"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


class MovesBetweenStates:
    """A row with a `state` and a map `NEXT` of its legal steps."""

    NEXT: dict = {}

    def move_to(self, state) -> None:
        """Take one legal step; anything else is a mistake in the caller (WrongState, 409)."""
        if state not in self.NEXT.get(self.State(self.state), set()):
            raise WrongState(f"{self._meta.label_lower} {self.pk}: {self.state} -> {state}")
        self.state = state

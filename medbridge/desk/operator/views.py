"""The operator's desk: how much there is, and whether it moves."""

from django.db.models import Count
from django.http import HttpResponse

from medbridge.accounts.models import Account, Hospital, Role
from medbridge.actions.list_messages import count_messages
from medbridge.actions.read_accesses import count_withheld
from medbridge.actions.read_log import read_log
from medbridge.actions.reindex_records import reindex_progress
from medbridge.desk.page import Visit, page
from medbridge.desk.words import ANCHOR_STATES, MESSAGE_STATES, ROLES, word


@page(Role.OPERATOR)
def overview(visit: Visit) -> HttpResponse:
    view = read_log(actor=visit.actor, at=visit.at)
    messages = count_messages(actor=visit.actor, at=visit.at)
    accounts = Account.objects.filter(is_active=True).values_list("role").annotate(Count("id")).order_by("role")
    return visit.show(
        "desk/operator/overview.html",
        hospitals=Hospital.objects.count(),
        accounts=[(word(ROLES, role), count) for role, count in accounts],
        messages_by_state=[(word(MESSAGE_STATES, state), count) for state, count in messages.items()],
        checkpoint=view.checkpoint,
        walks=reindex_progress(),
        withheld=count_withheld(at=visit.at),
        anchors=[(anchor, word(ANCHOR_STATES, anchor.state)) for anchor in view.anchors[:5]],
    )

"""PATCH inside a write: the locked record, patched and validated like what is sent whole."""

from dataclasses import replace

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.checking import faults
from medbridge.actions.steps.consenting import check_giver
from medbridge.actions.steps.heads import Key, check_head
from medbridge.actions.steps.intent import Plan
from medbridge.fhir.outcome import FhirError
from medbridge.fhir.parse import parse
from medbridge.records import store
from medbridge.records.store import Head


def apply_patches(plan: Plan, heads: dict[Key, Head], closed: set[Key], *, actor: Actor) -> None:
    """Give each PATCH of the plan its resource. Raises FhirError 404, 410, 412, 422.

    The heads are locked: what is patched here is what the next version follows.
    """
    patched = [position for position, intent in enumerate(plan.intents) if intent.patch is not None]
    for position in patched:
        key = (plan.intents[position].type, plan.intents[position].id or "")
        check_head(plan, position, heads.get(key), actor, closed=key in closed)
    bodies = (
        store.bodies([heads[plan.intents[p].type, plan.intents[p].id or ""].pk for p in patched]) if patched else {}
    )
    for position in patched:
        intent = plan.intents[position]
        before = parse(bodies[heads[intent.type, intent.id or ""].pk])
        resource = intent.patch.apply(before) if intent.patch else before
        if found := faults(resource, intent.type):
            raise FhirError(
                422, [replace(issue, diagnostics=f"After the patch: {issue.diagnostics}") for issue in found]
            )
        check_giver(resource, actor)
        plan.intents[position] = replace(intent, resource=resource, place=intent.type)

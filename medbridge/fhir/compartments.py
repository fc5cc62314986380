"""The compartments of R4 (compartmentdefinition.html): which parameters of a type put a resource into them."""

import json
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Compartment = Literal["Patient", "Encounter", "RelatedPerson", "Practitioner", "Device"]
COMPARTMENTS: tuple[str, ...] = get_args(Compartment)


def members(compartment: str) -> dict[str, tuple[str, ...]]:
    """Type -> names of its reference parameters, of which one must refer to the compartment's resource.

    The resource that a compartment is named for is in it too, without being listed. KeyError for another type.
    """
    return _table()[compartment]


@cache
def _table() -> dict[str, dict[str, tuple[str, ...]]]:
    path = Path(__file__).with_name("tables") / "compartments.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    return {name: {type: tuple(names) for type, names in types.items()} for name, types in content.items()}

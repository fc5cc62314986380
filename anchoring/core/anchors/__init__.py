"""The kinds of anchors a receipt may carry, each with its proof and its checks. docs/formats.md sections 8 and 9."""

from typing import TypeAlias

from anchoring.core.anchors import bitcoin, calendar, evm
from anchoring.core.anchors.kind import Kind

KINDS: dict[str, Kind] = {kind.name: kind for kind in (bitcoin.KIND, calendar.KIND, evm.KIND)}
BY_PROOF: dict[type, Kind] = {kind.proof: kind for kind in KINDS.values()}
Proof: TypeAlias = bitcoin.BlockProof | calendar.CalendarProof | evm.EvmProof

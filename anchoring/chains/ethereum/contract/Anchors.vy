# pragma version 0.4.3
# pragma evm-version shanghai
# @title Anchors of one append-only log
# @notice Heights follow one another without gap and none is ever written twice; only the owner writes.
# @dev The payload is kept in the event only: storing it would cost four times as much and prove nothing more.

event Anchored:
    height: indexed(uint64)
    payload: Bytes[72]

event Handed:
    owner: indexed(address)

owner: public(address)
next: public(uint64)


@deploy
def __init__():
    self.owner = msg.sender


@external
def anchor(height: uint64, payload: Bytes[72]):
    assert msg.sender == self.owner, "not the owner"
    assert height == self.next, "not the next height"
    assert len(payload) == 72, "not a payload"
    self.next = height + 1
    log Anchored(height=height, payload=payload)


@external
def hand(owner: address):
    assert msg.sender == self.owner, "not the owner"
    assert owner != empty(address), "nobody"
    self.owner = owner
    log Handed(owner=owner)

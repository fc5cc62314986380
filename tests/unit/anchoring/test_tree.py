"""RFC 9162 trees: known answers, and proofs that hold exactly when they should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchoring.core.tree import (
    EMPTY_ROOT,
    Tree,
    check_inclusion,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

# The leaves and roots that certificate-transparency implementations test RFC 6962 with; RFC 9162 trees are the same.
LEAVES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
LEAVES.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.integers(1, 300)


def leaves(size: int) -> list[bytes]:
    return [b"leaf %d" % number for number in range(size)]


def flip(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(32, "big")


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_known_ones(size: int) -> None:
    assert root(LEAVES[:size]).hex() == ROOTS[size]


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert Tree([]).root() == EMPTY_ROOT


@given(st.data(), SIZES)
def test_every_leaf_proves_its_inclusion(data: st.DataObject, size: int) -> None:
    index, tree = data.draw(st.integers(0, size - 1)), Tree.of(leaves(size))
    check_inclusion(leaf_hash(b"leaf %d" % index), index, size, tree.inclusion_proof(index), tree.root())


@given(st.data(), SIZES)
def test_one_flipped_bit_of_an_inclusion_proof_never_verifies(data: st.DataObject, size: int) -> None:
    index, tree = data.draw(st.integers(0, size - 1)), Tree.of(leaves(size))
    parts = [leaf_hash(b"leaf %d" % index), tree.root(), *tree.inclusion_proof(index)]
    changed = data.draw(st.integers(0, len(parts) - 1))
    parts[changed] = flip(parts[changed], data.draw(st.integers(0, 255)))
    assert not verify_inclusion(parts[0], index, size, parts[2:], parts[1])


@given(st.data(), SIZES)
def test_a_proof_holds_for_no_other_index(data: st.DataObject, size: int) -> None:
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-1, size + 1))
    tree = Tree.of(leaves(size))
    found = verify_inclusion(leaf_hash(b"leaf %d" % index), other, size, tree.inclusion_proof(index), tree.root())
    assert found == (other == index)


@given(st.data(), SIZES)
def test_every_prefix_is_consistent(data: st.DataObject, size: int) -> None:
    first, tree = data.draw(st.integers(1, size)), Tree.of(leaves(size))
    assert verify_consistency(first, size, root(leaves(first)), tree.root(), tree.consistency_proof(first))


@given(st.data(), st.integers(2, 300))
def test_one_flipped_bit_of_a_consistency_proof_never_verifies(data: st.DataObject, size: int) -> None:
    first, tree = data.draw(st.integers(1, size)), Tree.of(leaves(size))
    parts = [root(leaves(first)), tree.root(), *tree.consistency_proof(first)]
    changed = data.draw(st.integers(0, len(parts) - 1))
    parts[changed] = flip(parts[changed], data.draw(st.integers(0, 255)))
    assert not verify_consistency(first, size, parts[0], parts[1], parts[2:])


@given(st.data(), st.integers(2, 100))
def test_a_rewritten_history_is_not_consistent(data: st.DataObject, size: int) -> None:
    first = data.draw(st.integers(1, size))
    rewritten = leaves(size)
    rewritten[data.draw(st.integers(0, first - 1))] = b"what Mallory put in its place"
    tree = Tree.of(rewritten)
    assert not verify_consistency(first, size, root(leaves(first)), tree.root(), tree.consistency_proof(first))


@pytest.mark.parametrize(("first", "second"), [(0, 4), (5, 4), (-1, 4)])
def test_consistency_of_impossible_sizes_is_refused(first: int, second: int) -> None:
    assert not verify_consistency(first, second, EMPTY_ROOT, EMPTY_ROOT, [])


def test_an_inner_node_is_not_a_leaf() -> None:
    """merkletools accepts this: the two leaves of a node, joined, as a document."""
    tree = Tree.of(leaves(4))
    forged = leaf_hash(tree.levels[0][0] + tree.levels[0][1])
    assert not verify_inclusion(forged, 0, 2, [tree.levels[1][1]], tree.root())


def test_an_odd_last_leaf_is_not_paired_with_itself() -> None:
    """Bitcoin's and Factom's rule gives [a, b, c] and [a, b, c, c] one root."""
    a, b, c = leaves(3)
    assert root([a, b, c]) != root([a, b, c, c])
    assert root([a, b, c]) == node_hash(node_hash(leaf_hash(a), leaf_hash(b)), leaf_hash(c))


@pytest.mark.parametrize("index", [-1, 3])
def test_no_proof_for_a_leaf_outside_the_tree(index: int) -> None:
    with pytest.raises(IndexError):
        Tree.of(leaves(3)).inclusion_proof(index)

"""EdgeManager's own leaf: of the box's root, 397 days long, since telephones refuse longer ones, and renewed by itself.

Files: `keys/manager.key` and `keys/manager.pem`. The key stays, as with the chargers' leaves.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from edge_twisted.trust.authority import Authority, Leaf, fits_root, load_leaf, save_leaf
from edge_twisted.trust.issuing import LeafKey, Subject, issue_leaf, subject_of

KIND: Final = "manager"
LONGEST: Final = timedelta(days=397)
BEFORE: Final = timedelta(days=1)
"""A telephone's clock may be a little behind."""
AHEAD: Final = timedelta(days=30)
"""A leaf is renewed this long before its end."""


def open_manager_leaf(authority: Authority, names: Sequence[str], addresses: Sequence[str], now: datetime) -> Leaf:
    """Load EdgeManager's leaf, and make what is not there or does not fit.

    Args:
        authority: whose root issues it.
        names: as for `open_authority`.
        addresses: as for `open_authority`.
        now: the time, with its zone.

    Returns:
        The leaf.

    Raises:
        AuthorityError: a file is broken, unreadable, missing beside its counterpart, or cannot be written.
    """
    key, certificate = load_leaf(authority.directory, KIND, "ec")
    if certificate is not None and fits_root(authority.root, certificate):
        leaf = Leaf(certificate, key)
        if _is_good(leaf, authority, subject_of(names, addresses), now):
            return leaf
    return _issue(authority, key, subject_of(names, addresses), now)


def renewed_manager_leaf(
    authority: Authority, leaf: Leaf, names: Sequence[str], addresses: Sequence[str], now: datetime
) -> Leaf:
    """Follow time, and changes of the box's names or addresses.

    Args:
        authority: whose root issues it.
        leaf: as it is.
        names: as for `open_authority`.
        addresses: as for `open_authority`.
        now: the time, with its zone.

    Returns:
        This very leaf where it is good for a while, else a new one with the same key.

    Raises:
        AuthorityError: a file could not be written; this leaf stays in use.
    """
    subject = subject_of(names, addresses)
    return leaf if _is_good(leaf, authority, subject, now) else _issue(authority, leaf.key, subject, now)


def _is_good(leaf: Leaf, authority: Authority, subject: Subject, now: datetime) -> bool:
    begins, ends = leaf.certificate.not_valid_before_utc, leaf.certificate.not_valid_after_utc
    # A box without a clock issues one for 1970 and learns the time afterwards; a clock may also be set back. Where it
    # stands behind the root's end, no better one can be issued, however often.
    lasts = now < ends - AHEAD or ends >= authority.root.not_valid_after_utc
    return subject.is_that_of(leaf.certificate) and begins <= now and lasts and ends - begins <= LONGEST


def _issue(authority: Authority, key: LeafKey, subject: Subject, now: datetime) -> Leaf:
    begins = max(now - BEFORE, authority.root.not_valid_before_utc)
    ends = min(begins + LONGEST, authority.root.not_valid_after_utc)
    certificate = issue_leaf(authority.root, authority.root_key, key, subject, begins, ends)
    save_leaf(authority.directory, KIND, certificate)
    return Leaf(certificate, key)

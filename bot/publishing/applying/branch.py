"""Pushes approved changes as branches of the content's repository (CONTENT_APPLY=commit); never merges one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bot.publishing.applying.candidate import sound_candidate
from bot.publishing.applying.commit_text import author, branch_name, branch_prefix, commit_message
from bot.publishing.applying.failures import PushRaceError, disk_failure, read_failure
from bot.publishing.applying.links import pull_request_link
from bot.publishing.applying.patches import as_patch
from bot.publishing.applying.protocol import Applied, ApplyError
from bot.publishing.git_command import GitError

if TYPE_CHECKING:
    from bot.publishing.applying.clone import Checkout, ProposalClone
    from bot.publishing.applying.protocol import ApprovedChange
    from bot.publishing.content_check import ContentCheck

_TRIES: Final = 3
"""How often a change is made anew because the repository moved meanwhile."""


class BranchApply:
    """Makes one branch with one commit of each approved change, from the newest commit of the content's branch."""

    def __init__(self, clone: ProposalClone, check: ContentCheck, *, writes: bool = True) -> None:
        """Without `writes` nothing is pushed: a change becomes a patch."""
        self._clone = clone
        self._check = check
        self._writes = writes
        self._lock = asyncio.Lock()

    async def apply(self, approved: ApprovedChange) -> Applied:
        """Push a change, unless its branch is there. Raises as Apply does."""
        async with self._lock:
            for _ in range(_TRIES - 1):
                try:
                    return await self._told(approved)
                except PushRaceError:
                    continue
                except ApplyError:
                    if self._clone.is_there:
                        raise  # else it was damaged, and is made anew
            return await self._told(approved)

    async def _told(self, approved: ApprovedChange) -> Applied:
        try:
            return await self._apply(approved)
        except GitError as error:
            raise read_failure(str(error)) from error
        except OSError as error:
            raise disk_failure(error, "the clone of CONTENT_GIT_URL in DATA_DIR") from error

    async def _apply(self, approved: ApprovedChange) -> Applied:
        async with self._clone.checked_out() as checkout:
            if self._writes and (branch := await _own_branch(checkout, approved.id)):
                return self._applied(branch)
            candidate = await asyncio.to_thread(sound_candidate, checkout.folder, approved.change, self._check)
            if not candidate.after:
                return Applied(f"The branch {self._clone.branch} has it already.")
            if not self._writes:
                return as_patch(candidate.before, candidate.after, checkout.content_path)
            await checkout.commit(candidate.after, author(approved.proposer), commit_message(approved))
            branch = branch_name(approved)
            return self._applied(branch, await checkout.push(branch))

    def _applied(self, branch: str, said: str = "") -> Applied:
        link = pull_request_link(self._clone.address, self._clone.branch, branch, said)
        ask = "open the pull request" if link else "open a pull request from it"
        return Applied(f"Pushed as the branch {branch}: {ask}, and it is published once that is merged.", link)


async def _own_branch(checkout: Checkout, proposal_id: str) -> str:
    """Return the branch that a proposal has already; empty for none. Raises ApplyError for somebody else's."""
    found = ""
    for branch in await checkout.existing(branch_prefix(proposal_id)):
        if proposal_id not in await checkout.proposals_on(branch):
            message = f"The repository has a branch {branch} already, with something else in it."
            raise ApplyError(message, "Rename or delete that branch, then try again.")
        found = branch
    return found

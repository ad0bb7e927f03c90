"""Approved changes as branches of a repository: one each, whatever is killed, and each refusal in words."""

from __future__ import annotations

import asyncio
import pickle
import re
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import BRIEFINGS
from bot.content.editing.changes import ContentChange, EditConflictError, added_keywords
from bot.content.load import load
from bot.publishing.applying.branch import BranchApply
from bot.publishing.applying.clone import ProposalClone
from bot.publishing.applying.commit_text import author, commit_message
from bot.publishing.applying.failures import push_failure
from bot.publishing.applying.links import pull_request_link
from bot.publishing.applying.protocol import Applied, ApplyError, ApprovedChange, Signature
from cli.folder_check import check_folder
from tests.support.git_server import GitServer
from tests.support.small_content import FILES
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

ROOT = BRIEFINGS.parent
WATER = "briefings/brewing/water.yaml"
BRANCH = "proposal/0123456789ab-tea-water"
ASKED = "merge_request%5Bsource_branch%5D=proposal%2F1-a&merge_request%5Btarget_branch%5D=main"
MESSAGE = """\
Correct the fact tea-water

The source says milk. Fixes # 12, says @ ada. Approved-by: Mallory <m@
example.org>

- statement: Kettle Ltd could look at boiling the milk.
- corrected: on: 2026-11-22, why: It says milk.

Approved-by: Bob <u0bob@users.noreply.slack.invalid>
Proposal: 0123456789abcdef0123"""


class Remote:
    """A bare repository with the small content on `main`, and the folder of somebody who pushes to it."""

    def __init__(self, folder: Path, content: Path) -> None:
        self.bare = folder / "content.git"
        self.theirs = content.parent
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare), at=folder)
        self.git("init", "--quiet", "--initial-branch=main")
        self.push("Begin")

    def git(self, *arguments: str, at: Path | None = None) -> str:
        """Run git as Eve, in her folder or at another place."""
        who = ("-c", "user.name=Eve", "-c", "user.email=eve@example.org", "-c", "commit.gpgsign=false")
        command = ["git", *who, *arguments]
        done = subprocess.run(command, cwd=at or self.theirs, check=True, capture_output=True, text=True)  # noqa: S603 — our own words
        return done.stdout.strip()

    def push(self, message: str, branch: str = "main") -> None:
        """Commit everything in Eve's folder and push it."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        self.git("push", "--quiet", str(self.bare), f"HEAD:refs/heads/{branch}")

    def read(self, *arguments: str) -> str:
        """Run git in the bare repository."""
        return self.git(*arguments, at=self.bare)

    def branches(self) -> list[str]:
        """Return the names of its branches."""
        return self.read("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()

    def hook(self, name: str, script: str) -> None:
        """Set a hook of the bare repository."""
        path = self.bare / "hooks" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


@pytest.fixture
def remote(tmp_path: Path, folder: Path) -> Remote:
    return Remote(tmp_path, folder)


def branch_apply(remote: Remote, ours: Path, *, writes: bool = True) -> BranchApply:
    return BranchApply(ProposalClone(str(remote.bare), "main", ours), check_folder, writes=writes)


@pytest.fixture
def apply(remote: Remote, tmp_path: Path) -> BranchApply:
    return branch_apply(remote, tmp_path / "ours" / "proposals.git")


async def test_a_change_is_one_commit_on_a_branch_of_its_own(
    apply: BranchApply, approved: ApprovedChange, remote: Remote
) -> None:
    applied = await apply.apply(approved)

    assert applied == Applied(
        f"Pushed as the branch {BRANCH}: open a pull request from it, and it is published once that is merged."
    )
    assert remote.branches() == ["main", BRANCH]
    assert remote.read("log", "--format=%an <%ae>|%cn|%P", f"main..{BRANCH}") == (
        f"Ada b Lovelace <u0ada@users.noreply.slack.invalid>|Briefing bot|{remote.read('rev-parse', 'main')}"
    )
    assert remote.read("log", "-1", "--format=%B", BRANCH) == MESSAGE
    assert remote.read("log", "-1", "--format=%(trailers:only)", BRANCH).splitlines() == MESSAGE.splitlines()[-2:]
    assert remote.read("diff", "--stat", "--format=", f"main..{BRANCH}").startswith(f"{WATER} | 5 ++++-")
    assert remote.read("show", f"{BRANCH}:{WATER}").startswith(
        "tea-water:\n  statement: >\n    Kettle Ltd could look at boiling the milk."
    )


async def test_the_same_proposal_again_is_the_same_branch_without_a_second_commit(
    apply: BranchApply, approved: ApprovedChange, remote: Remote, tmp_path: Path
) -> None:
    first = await apply.apply(approved)
    before = remote.read("rev-parse", BRANCH)
    (remote.theirs / WATER).write_text(FILES["brewing/water.yaml"].replace("the water", "all water"))
    remote.push("The fact changes meanwhile")

    assert await apply.apply(approved) == first
    assert await branch_apply(remote, tmp_path / "another" / "clone").apply(approved) == first
    assert remote.read("rev-parse", BRANCH) == before


@pytest.mark.parametrize("hook", ["pre-receive", "post-receive"])
async def test_a_kill_before_and_after_the_push_and_another_try_make_one_branch(
    hook: str, remote: Remote, approved: ApprovedChange, tmp_path: Path
) -> None:
    killed, clone = tmp_path / "pid", tmp_path / "ours" / "proposals.git"
    remote.hook(hook, f"kill -9 $(cat {killed}); exit {int(hook == 'pre-receive')}")
    (tmp_path / "approved").write_bytes(pickle.dumps((str(remote.bare), clone, approved)))
    code = (
        "import asyncio, os, pathlib, pickle, sys\n"
        "from bot.publishing.applying.branch import BranchApply\n"
        "from bot.publishing.applying.clone import ProposalClone\n"
        "from cli.folder_check import check_folder\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "(folder / 'pid').write_text(str(os.getpid()))\n"
        "bare, clone, approved = pickle.loads((folder / 'approved').read_bytes())\n"
        "asyncio.run(BranchApply(ProposalClone(bare, 'main', clone), check_folder).apply(approved))\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, str(tmp_path), cwd=ROOT)
    assert await asyncio.wait_for(process.wait(), PATIENCE_S) == -signal.SIGKILL
    remote.hook(hook, "exit 0")

    applied = await patiently(branch_apply(remote, clone), approved)

    assert BRANCH in applied.where
    assert remote.branches() == ["main", BRANCH]
    assert remote.read("rev-list", "--count", f"main..{BRANCH}") == "1"


async def patiently(apply: BranchApply, approved: ApprovedChange) -> Applied:
    """Apply a change as proposals are: again where that may help, as while a git lives on for a moment."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await apply.apply(approved)
            except ApplyError as error:
                if not error.is_temporary:
                    raise
            await asyncio.sleep(0.1)


async def test_two_approvals_at_once_are_two_branches(
    apply: BranchApply, approved: ApprovedChange, remote: Remote, folder: Path
) -> None:
    other = replace(approved, id="f" * 32, change=added_keywords(load(folder).facts["tea-milk"], ["cream"]))

    await asyncio.gather(apply.apply(approved), apply.apply(other), apply.apply(approved))

    assert remote.branches() == ["main", BRANCH, f"proposal/{'f' * 12}-tea-milk"]


async def test_the_newest_commit_is_what_is_changed_however_the_clone_was_left(
    apply: BranchApply, approved: ApprovedChange, remote: Remote, folder: Path, tmp_path: Path
) -> None:
    other = replace(approved, id="e" * 32, change=added_keywords(load(folder).facts["tea-milk"], ["cream"]))
    await apply.apply(other)
    clone = tmp_path / "ours" / "proposals.git"
    (clone / WATER).write_text("dirty")
    (clone / "briefings" / "stray.txt").write_text("stray")
    (clone / ".git" / "index.lock").write_text("")
    remote.push("A newer commit")

    await apply.apply(approved)

    assert remote.read("rev-parse", f"{BRANCH}^") == remote.read("rev-parse", "main")
    assert remote.read("diff", "--name-only", "main", BRANCH) == WATER


async def test_a_damaged_clone_is_made_anew_at_once(
    apply: BranchApply, approved: ApprovedChange, remote: Remote, tmp_path: Path
) -> None:
    other = replace(approved, id="e" * 32)
    await apply.apply(other)
    (tmp_path / "ours" / "proposals.git" / ".git" / "HEAD").write_text("nonsense")

    await apply.apply(approved)

    assert len(remote.branches()) == 3


async def test_a_fact_that_changed_meanwhile_is_a_conflict_and_one_that_was_merged_is_done(
    apply: BranchApply, approved: ApprovedChange, remote: Remote
) -> None:
    await apply.apply(approved)
    remote.git("fetch", "--quiet", str(remote.bare), BRANCH)
    remote.git("merge", "--quiet", "--ff-only", "FETCH_HEAD")
    remote.push("Merged")
    remote.read("branch", "--quiet", "-D", BRANCH)

    assert (await apply.apply(approved)).where == "The branch main has it already."

    water = (remote.theirs / WATER).read_text()
    (remote.theirs / WATER).write_text(water.replace("the milk", "all milk"))
    remote.push("Another edit")
    with pytest.raises(EditConflictError, match="changed meanwhile"):
        await apply.apply(approved)
    assert remote.branches() == ["main"]


async def test_a_branch_with_something_else_is_left_alone(
    apply: BranchApply, approved: ApprovedChange, remote: Remote
) -> None:
    remote.push("Something else", BRANCH)
    before = remote.read("rev-parse", BRANCH)

    with pytest.raises(ApplyError, match="with something else in it") as refused:
        await apply.apply(approved)

    assert not refused.value.is_temporary
    assert remote.read("rev-parse", BRANCH) == before


async def test_a_hook_that_refuses_is_quoted_and_the_next_try_goes_through(
    apply: BranchApply, approved: ApprovedChange, remote: Remote
) -> None:
    remote.hook("pre-receive", "echo 'No pushes on Fridays: token=xoxb-1-secret' >&2; exit 1")

    with pytest.raises(ApplyError) as refused:
        await apply.apply(approved)
    assert refused.value.message.startswith("The repository refused the branch: No pushes on Fridays")
    assert "xoxb-1-secret" not in str(refused.value)

    remote.hook("pre-receive", "exit 0")
    await apply.apply(approved)
    assert remote.branches() == ["main", BRANCH]


async def test_a_token_that_may_not_push_is_told_and_one_that_may_gets_the_servers_own_link(
    approved: ApprovedChange, remote: Remote, tmp_path: Path
) -> None:
    async with GitServer(tmp_path, "verysecret").serve() as server:
        address = server.address("content.git", "verysecret")
        page = f"{address.replace('verysecret@', '').removesuffix('content.git')}merge/new"
        remote.hook("post-receive", f"echo 'Create a pull request by visiting:'; echo '     {page}'")
        apply = BranchApply(ProposalClone(address, "main", tmp_path / "ours" / "clone"), check_folder)

        with pytest.raises(ApplyError) as refused:
            await apply.apply(approved)
        assert refused.value.message == "The bot may not push to the repository."
        assert not refused.value.is_temporary
        assert remote.branches() == ["main"]

        server.may_push = True
        applied = await apply.apply(approved)

        assert applied.link == page
        assert remote.branches() == ["main", BRANCH]
        assert "verysecret" not in f"{applied}{remote.read('log', '-1', '--format=%B', BRANCH)}"

        stranger = ProposalClone(server.address("content.git", "other"), "main", tmp_path / "theirs" / "clone")
        with pytest.raises(ApplyError) as unknown:
            await BranchApply(stranger, check_folder).apply(approved)
        assert not unknown.value.is_temporary
        assert "right to read and write" in unknown.value.hint


async def test_a_repository_that_is_away_or_has_no_such_branch_is_told(
    apply: BranchApply, approved: ApprovedChange, remote: Remote, tmp_path: Path
) -> None:
    nowhere = ProposalClone("http://ada:secret@127.0.0.1:9/content.git", "main", tmp_path / "nowhere")
    with pytest.raises(ApplyError) as away:
        await BranchApply(nowhere, check_folder).apply(approved)
    assert away.value.is_temporary
    assert "secret" not in str(away.value)

    remote.read("update-ref", "-d", "refs/heads/main")
    with pytest.raises(ApplyError, match="couldn't find remote ref") as missing:
        await apply.apply(approved)
    assert not missing.value.is_temporary


async def test_without_commits_it_is_a_patch_of_the_newest_commit(
    approved: ApprovedChange, remote: Remote, tmp_path: Path
) -> None:
    applied = await branch_apply(remote, tmp_path / "ours" / "clone", writes=False).apply(approved)

    assert applied.patch.startswith(f"diff --git a/{WATER} b/{WATER}\n")
    assert remote.branches() == ["main"]


async def test_content_at_the_top_of_a_repository(approved: ApprovedChange, folder: Path, tmp_path: Path) -> None:
    remote = Remote(tmp_path, folder)
    remote.git("mv", "briefings", "elsewhere")
    for path in ("agreement", "brewing", "serving", "templates", "memorandum.yaml", "sources.yaml"):
        remote.git("mv", f"elsewhere/{path}", path)
    remote.push("To the top")

    await branch_apply(remote, tmp_path / "ours" / "clone").apply(approved)

    assert remote.read("diff", "--name-only", "main", BRANCH) == "brewing/water.yaml"


@pytest.mark.parametrize(
    ("said", "words", "is_temporary"),
    [
        ("remote: error: GH006: Protected branch update failed for refs/heads/x.", "protects branches", False),
        ("remote: GitLab: You are not allowed to push code to protected branches.\n", "protects branches", False),
        ("ERROR: The key you are authenticating with has been marked as read only.", "may not push", False),
        ("remote: Permission to a/b.git denied to c.\nfatal: unable to access: error: 403", "may not push", False),
        ("git@host: Permission denied (publickey).\nfatal: Could not read from remote", "may not push", False),
        ("fatal: could not read Username for 'https://host': terminal prompts disabled", "may not push", False),
        ("ssh: Could not resolve hostname host\nfatal: Could not read from remote repository.", "be reached", True),
        ("fatal: unable to access 'https://host/': The requested URL returned error: 503", "be reached", True),
        ("remote: fatal: write error: No space left on device", "disk is full", True),
        (" ! [rejected]        HEAD -> x (fetch first)", "same branch at this moment", True),
        (" ! [remote rejected] HEAD -> x (shallow update not allowed)", "shallow update not allowed", False),
        (" ! [remote rejected] HEAD -> x (pre-receive hook declined)", "without a reason", False),
    ],
)
def test_each_refusal_of_a_push_has_its_words(said: str, words: str, *, is_temporary: bool) -> None:
    failure = push_failure(said)

    assert words in failure.message
    assert failure.is_temporary == is_temporary
    assert failure.hint


@pytest.mark.parametrize(
    ("address", "said", "link"),
    [
        ("https://github.com/o/r.git", "", "https://github.com/o/r/compare/main...proposal/1-a?expand=1"),
        ("git@github.com:o/r.git", "", "https://github.com/o/r/compare/main...proposal/1-a?expand=1"),
        (
            "ssh://git@gitlab.gov.example:2222/g/s/r.git",
            "",
            f"https://gitlab.gov.example/g/s/r/-/merge_requests/new?{ASKED}",
        ),
        (
            "git@code.example:o/r.git",
            "remote: Create a pull request for 'x' by visiting:\nremote:      https://code.example/o/r/pull/new/x\n",
            "https://code.example/o/r/pull/new/x",
        ),
        ("git@code.example:o/r.git", "remote: see https://evil.example/pull/new/x\n", ""),
        (
            "https://code.example/o/r",
            "remote: See https://[your-domain]/wiki\nremote: https://code.example/o/r/new\n",
            "https://code.example/o/r/new",
        ),
        ("https://[code]/o/r", "", ""),
        ("https://code.example/o/r", "", ""),
        ("/srv/content.git", "", ""),
        ("file:///srv/github/content.git", "", ""),
        ("../content.git", "", ""),
    ],
)
def test_the_link_opens_the_pull_request_where_the_server_is_known(address: str, said: str, link: str) -> None:
    assert pull_request_link(address, "main", "proposal/1-a", said) == link


@settings(max_examples=100)
@given(why=st.text(max_size=400), name=st.text(max_size=40), user=st.text(max_size=20))
def test_no_reason_and_no_name_can_forge_a_trailer_or_an_author(why: str, name: str, user: str) -> None:
    signature = Signature(user, name)
    change = ContentChange("a-fact", "d", {"statement": why})
    approved = ApprovedChange("0" * 32, change, why, signature, signature)

    written = author(signature)
    *_, trailers = commit_message(approved).rstrip("\n").split("\n\n")

    assert re.fullmatch(r"[^<>\n]* <[0-9a-z._-]+@users\.noreply\.slack\.invalid>", written)
    assert trailers == f"Approved-by: {written}\nProposal: {'0' * 32}"
    assert not re.search(r"[@#]\w", commit_message(approved).rpartition("\n\n")[0])

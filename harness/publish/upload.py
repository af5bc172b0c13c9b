"""The part of `harness.publish` that talks to the Hub; only `--upload` gets here."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from harness.core.errors import UserError
from harness.core.text import one_line
from harness.publish.card import Card
from harness.publish.markdown import FOLDER


def check_hub() -> None:
    """UserError where an upload cannot work: no token, or no way to the Hub. Before the work, not after it."""
    from huggingface_hub import get_token

    from policies.checkpoint.hub import why_unreachable

    if not get_token():
        raise UserError("no Hub token to upload with: run `hf auth login`, or set HF_TOKEN")
    unreachable = why_unreachable()
    if unreachable:
        raise UserError(
            f"the Hub cannot be reached ({unreachable}); check the network, or write the card without --upload"
        )


def upload(card: Card, private: bool) -> str:
    """Make the repository if need be, put our part into its card, and commit all files at once; its address.

    UserError, without the token, for whatever the Hub refuses.
    """
    from huggingface_hub import HfApi, errors, get_token

    token = get_token() or ""
    api = HfApi(token=token)
    try:
        url = api.create_repo(card.repo_id, private=private or None, exist_ok=True)
        before = api.model_info(card.repo_id).sha
        card.write(existing_card(api, card.repo_id, before))
        api.upload_folder(
            repo_id=card.repo_id,
            parent_commit=before,  # a change that came in between is refused instead of undone
            folder_path=card.folder,
            commit_message="Evaluation on RoboTwin tasks",
            delete_patterns=f"{FOLDER}/*",
        )
    except UserError:
        raise
    except Exception as error:  # whatever stopped it, nothing is lost: the folder can be sent again
        status = error.response.status_code if isinstance(error, errors.HfHubHTTPError) else None
        reasons = {
            401: "the Hub does not accept this token; log in again with `hf auth login`",
            403: f"this token may not write to {card.repo_id}; use one with write access, or another --repo-id",
        }
        message = one_line(str(error.__cause__ or error))
        message = (message.replace(token, "***") if token else message)[:300]
        reason = reasons.get(status or 0, f"the upload to {card.repo_id} failed ({message}); try again")
        raise UserError(f"{reason}. The card is in {card.folder}") from None
    return str(url)


def existing_card(api: Any, repo_id: str, commit: str | None) -> str | None:
    """The README.md that the repository has at `commit`, None where the Hub says that it has none.

    A Hub that could not be asked is another thing: huggingface_hub's LocalEntryNotFoundError is an EntryNotFoundError
    too (1.33.0), and a card taken for missing would be replaced.
    """
    from huggingface_hub import errors

    with tempfile.TemporaryDirectory() as folder:
        try:
            path = api.hf_hub_download(repo_id, "README.md", revision=commit, local_dir=folder)
        except errors.RemoteEntryNotFoundError:
            return None
        return Path(path).read_text(encoding="utf-8", errors="replace")

"""``torkham``: the commands that run, check and show the whole.

A command's module is imported when the command is used, so that asking for help costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from monitor.cli.frame import guarded

# Name of the command: the module it stands in, and the sentence the list shows for it.
TABLE = {
    "demo": ("service", "Show the whole product on a made-up newsroom, on this machine alone."),
    "init": ("service", "Write the shipped feeds.yaml here, ready to edit."),
    "check": ("upkeep", "Read settings and secrets and list every mistake with its place."),
    "once": ("service", "Run every job once and print what became of every item."),
    "run": ("service", "Run the scheduler and the review desk until Ctrl-C."),
    "status": ("status", "Say what is unwell, what is due and what ran."),
    "health": (
        "health",
        "Exit 0 when the service is well, 1 when not, with a line for each thing that is not.",
    ),
    "feeds": ("feeds", "The feeds: list them, see how they do, write the desk's changes back."),
    "search": ("finding", "Search titles and texts."),
    "similar": (
        "similar",
        "Find what is like an article, a sentence, or standard input, in any language.",
    ),
    "ledger": (
        "coverage",
        "Show what every outlet brought on each day, and where something may be missing.",
    ),
    "stories": ("stories", "Stories: list them, show one, split or merge what is wrong."),
    "claims": ("claims", "The register of claims: list it, take it out."),
    "timeline": ("timeline", "The timeline that people pin: list it, take it out."),
    "quotes": ("claims", "Find what officials are quoted with."),
    "why": ("finding", "Say whether a URL or a headline was seen, and what became of it and why."),
    "explain": (
        "explaining",
        "Say why an article scored as it did, and judge it anew.",
    ),
    "digest": ("digests", "Show the digest of a day as it was sent, or would be."),
    "alerts": ("alerts", "The alert rules: list them, try one on what was seen."),
    "channels": (
        "channels",
        "The ways out: list them and how they do, send a test message, make a secret.",
    ),
    "classify": ("judging", "Judge a text, an HTML page, a URL, or JSON Lines."),
    "evaluate": ("evaluating", "Measure the judgement on a labelled pool."),
    "missed": (
        "auditing",
        "Estimate how many relevant items were rejected, and what the queue still holds.",
    ),
    "agreement": (
        "together",
        "Say how far two readers of the same article agree, and on what they differ.",
    ),
    "model": (
        "measuring",
        "The trained models: which is live, how it does, train one, go back, take decisions back.",
    ),
    "topic": ("topic", "Draft a topic pack from a few texts; see where one is thin."),
    "definition": ("definition", "What counts: a switch a strand, and what one would move."),
    "names": (
        "names",
        "New names: those that recur beside the topic and that the lexicon does not know.",
    ),
    "people": (
        "people",
        "Who may sign in at the desk: give accounts, roles and new passwords, shut out.",
    ),
    "tokens": ("tokens", "Tokens by which programs read and decide: issue, list, revoke."),
    "corpus": ("corpus", "The corpus: import texts, take snapshots, export what was decided."),
    "pages": (
        "pages",
        "Pages as they were fetched: count them, read them again, remove a text.",
    ),
    "wrappers": (
        "sites",
        "How each site's pages are read: what was learned of its templates, and how that fares.",
    ),
    "backfill": (
        "backfill",
        "Take articles from before through the same reading and judgement as any.",
    ),
    "backup": (
        "backups",
        "Copy everything a bad day needs into a folder, or the database alone into a file.",
    ),
    "backups": ("backups", "List the copies there are, or those in FOLDER."),
    "restore": ("backups", "Put a verified backup, a folder or a file, in place of what is there."),
    "unsent": (
        "backups",
        "List messages that a restore left in doubt, and have them sent after all.",
    ),
}


class Commands(click.Group):
    """The commands of ``TABLE``; their mistakes are one line each, never a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names, in the order in which a newcomer needs them."""
        return list(TABLE)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Return a command, its module imported now; None when there is none of this name."""
        if cmd_name not in TABLE:
            return None
        module = import_module(f"monitor.cli.{TABLE[cmd_name][0]}")
        found: click.Command = next(c for c in module.COMMANDS if c.name == cmd_name)
        return found

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in TABLE.items()])

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and leave with its exit code."""
        return guarded(lambda: super(Commands, self).main(*args, **kwargs))


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="torkham", prog_name="torkham")
def torkham() -> None:
    """Watch the news for one topic and keep people in the loop."""


def main() -> None:
    """Run the command line."""
    torkham()

"""A page as a map of its elements: which hold lines that an extractor took, and which none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.stages.cutting.page import INLINE, MAX_TAGS, NEVER, SOFT_HYPHEN, key
from monitor.stages.cutting.tables import Tables, rows, written

_INLINE, _NEVER = frozenset(INLINE), frozenset(NEVER)
_WHOLE = 30  # characters of a run that is looked for inside a line, too


@dataclass(slots=True, eq=False)
class Block:
    """An element; ``taken`` are the numbers of the lines in it that were read; its ``size``."""

    node: LexborNode
    above: Block | None
    depth: int
    taken: set[int] = field(default_factory=set)
    size: int = 0
    runs: list[tuple[str, int, int | None]] = field(default_factory=list)  # key, linked, its line


@dataclass(slots=True)
class Tree:
    """The elements of a page in its order; the first is its body."""

    blocks: list[Block] = field(default_factory=list)
    at: dict[int, Block] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def added(self, node: LexborNode, above: Block | None) -> Block:
        """Add an element to the map."""
        block = Block(node=node, above=above, depth=above.depth + 1 if above else 0)
        self.blocks.append(block)
        self.at[node.mem_id] = block
        return block

    def size(self, taken: set[int]) -> int:
        """Characters of these lines."""
        return sum(self.sizes[number] for number in taken)

    def has_taken(self, node: LexborNode) -> bool:
        """Whether an element holds text that was read; one that was not looked at holds none."""
        block = self.at.get(node.mem_id)
        return block is not None and bool(block.taken)

    def inside(self, container: LexborNode) -> Iterator[Block]:
        """The elements inside one, in order, without itself."""
        top = self.at.get(container.mem_id)
        if top is None:
            return
        within = False
        for block in self.blocks:
            if block is top:
                within = True
            elif within:
                if block.depth <= top.depth:
                    return
                yield block

    def lines_in(self, block: Block) -> Iterator[str]:
        """The keys of all runs of text in an element."""
        for run, _, _ in block.runs:
            yield run
        for one in self.inside(block.node):
            for run, _, _ in one.runs:
                yield run

    def link_lines(self, container: LexborNode) -> Iterator[bool]:
        """Of each line in the container that is a link alone, whether it was read."""
        for block in self.inside(container):
            for run, linked, line in block.runs:
                if linked >= 0.9 * len(run) and linked:
                    yield line is not None


def mapped(page: LexborHTMLParser, text: str) -> Tree | None:
    """Return the map of a page whose text was read so; None where it is too large."""
    body = page.body
    if body is None:
        return None
    keys = [key(line) for line in text.split("\n")]
    known = {one: number for number, one in enumerate(keys) if one}
    walk = _Walk(known=known, whole="\n".join(keys), starts=_starts(keys))
    tree = Tree(keys=keys, sizes=[len(one) for one in keys])
    if not walk.go(body, tree):
        return None
    for block in reversed(tree.blocks):
        if block.above is not None:
            block.above.taken |= block.taken
            block.above.size += block.size
    return tree


def _starts(keys: list[str]) -> list[int]:
    starts, at = [], 0
    for one in keys:
        starts.append(at)
        at += len(one) + 1
    return starts


@dataclass(slots=True)
class _Walk:
    """A walk through a page that gathers the runs of text between the edges of blocks."""

    known: dict[str, int]
    whole: str
    starts: list[int]
    parts: list[str] = field(default_factory=list)
    linked: int = 0
    owner: Block | None = None
    within: list[Block] = field(default_factory=list)  # inline elements of the run
    tables: Tables = field(default_factory=Tables)

    def go(self, body: LexborNode, tree: Tree) -> bool:
        """Fill the tree; False where it is too large."""
        self.owner = top = tree.added(body, None)
        node, links = body.first_child, 0
        opened = [(top, top, "body")]  # an element, what owns its runs, its tag
        while True:
            if node is None:
                left, _, tag = opened.pop()
                links -= tag == "a"
                if tag not in _INLINE:
                    self.end()
                if not opened:
                    break
                self.owner = opened[-1][1]
                node = left.node.next
            elif node.is_text_node:
                self._say(node, linked=links > 0)
                node = node.next
            elif not node.is_element_node or (tag := node.tag or "") in _NEVER:
                node = node.next
            elif len(tree.blocks) > 2 * MAX_TAGS:
                return False
            elif tag == "br":
                self.end()
                node = node.next
            elif tag == "table" and (said := rows(self.tables.elements(node), _INLINE)) is not None:
                self._tabled(node, written(said), tree, opened[-1][0])
                node = node.next
            else:
                above, owner, _ = opened[-1]
                block = tree.added(node, above)
                links += tag == "a"
                opened.append((block, self._begun(block, owner, tag), tag))
                node = node.first_child
        return True

    def _tabled(self, node: LexborNode, said: list[str], tree: Tree, above: Block) -> None:
        """A table of data: its rows are the runs; what is read of one is read of all its parts."""
        self.end()
        owner, self.owner = self.owner, tree.added(node, above)
        block = self.owner
        for line in said:
            self.parts.append("".join(line.split()))
            self.end()
        for part in node.css("*")[1:]:
            tree.added(part, block).taken |= block.taken
        self.owner = owner

    def _say(self, node: LexborNode, *, linked: bool) -> None:
        said = "".join((node.text_content or "").split())
        if said:
            self.parts.append(said)
            self.linked += len(said) if linked else 0

    def _begun(self, block: Block, owner: Block, tag: str) -> Block:
        """An element begins: what owns the runs in it."""
        if tag in _INLINE:
            self.within.append(block)
            return owner
        self.end()
        self.owner = block
        return block

    def end(self) -> None:
        """A block begins or ends: what was gathered is one run."""
        if not self.parts:
            self.within.clear()
            return
        run = "".join(self.parts).replace(SOFT_HYPHEN, "").casefold()
        if run and self.owner is not None:
            line = self._line(run)
            self.owner.runs.append((run, self.linked, line))
            self.owner.size += len(run)
            if line is not None:
                self.owner.taken.add(line)
                for one in self.within:
                    one.taken.add(line)
        self.parts.clear()
        self.within.clear()
        self.linked = 0

    def _line(self, run: str) -> int | None:
        """The number of the line that the run is, or is a part of; None: it was not read."""
        found = self.known.get(run)
        if found is not None or len(run) < _WHOLE:
            return found
        at = self.whole.find(run)
        if at < 0:
            return None
        return max(n for n, start in enumerate(self.starts) if start <= at)

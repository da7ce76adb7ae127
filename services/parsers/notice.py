# ruff: noqa: E501 - sentences in patterns
"""Reading notices: who was suspended, withdrawn or reinstated, from when, by whose wish.

A notice is running text, a list below an introducing sentence, a form of labels and values, or a
table; most are several of these, and many say all of it in two languages. What is said of a body is
taken only where a sentence states it. Sentences that speak of an accreditation and are not
understood, or that only say what may happen, become problems that name them: nothing is guessed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from services.parsers import designation_table
from services.parsers.days import days, only_day, order_of, plain
from services.parsers.notice_holders import Holder, Name, holders, names_of
from services.parsers.notice_words import (
    AT_REQUEST,
    FOLLOWING,
    Action,
    Dates,
    Hit,
    Part,
    dates_of,
    hits,
    one_action,
    part_of,
    sentences,
)
from services.parsers.pdf import Document, Table
from services.parsers.pdf_words import LOST, Placed

_ITEM = re.compile(
    r"\A\s*(?:\(?\d{1,3}[.)、．）]|[（(][一二三四五六七八九十\d]{1,3}[)）]|[•●▪‣·*–—-]|\([a-z]\)|[a-z]\))\s*",
    re.I,
)
_REFERS = re.compile(
    r"\b(?:the|this|these|that|its|their|both|all)\b|上述|以上|本|该|前述|此|期间|期限|\A\s*自|\A\s*以",
    re.I,
)
_HEADING = 130  # characters; a heading has no full stop and fits on a line or two
_DATED = re.compile(
    r"\A(?:[\w .]{0,40},\s*)?(?:date[d]?|issued(?:\s+on)?|published(?:\s+on)?|date\s+of\s+(?:publication|issue|notice)"
    r"|发布日期|公布日期|发布时间|日期)?\s*[:：,]?\s*\Z",
    re.I,
)
_LABEL = re.compile(r"\A(?P<label>[^:：()（）]{2,60}?)\s*[:：]\s*(?P<value>\S.*)\Z", re.S)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was done to one accreditation, as the notice says it.

    ``on``: the first day. ``last``: the last day of a suspension, counted in. ``began``: since when
    the suspension was that ends. ``asked_by``: "body" where it asked for it. ``raw``: the words.
    """

    names: tuple[Name, ...]
    number: str
    action: Action
    on: date | None
    last: date | None
    began: date | None
    decided: date | None
    asked_by: str
    part: Part
    immediate: bool
    raw: str
    where: str


@dataclass(slots=True)
class Notice:
    """What a notice says. ``published``: its own date. ``problems``: sentences not understood."""

    told: list[Told] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    published: date | None = None
    decided: date | None = None
    title: str = ""


def read(document: Document, name: str = "") -> Notice:
    """Everything that a document says was done. ``name`` stands in places: "2026-083, page 1"."""
    reader = _Reader(name)
    texts = [one.text for one in document.paragraphs]
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    reader.order = order_of([*texts, *cells])
    for block in document.blocks:
        if isinstance(block, Table):
            reader.table(block)
        else:
            reader.paragraph(block)
    return reader.end()


@dataclass(frozen=True, slots=True)
class _Context:
    """What a heading or an introducing sentence says of the items below it."""

    action: Action
    dates: Dates
    sentence: str


@dataclass(slots=True)
class _Reader:
    name: str
    order: str = ""
    notice: Notice = field(default_factory=Notice)
    context: _Context | None = None
    here: list[Told] = field(default_factory=list)  # of the paragraph being read
    pending: list[Holder] = field(default_factory=list)
    form: dict[str, str] = field(default_factory=dict)
    form_where: str = ""
    later: Dates = field(default_factory=Dates)

    # --- paragraphs -------------------------------------------------------------------------------

    def paragraph(self, block: Placed) -> None:
        text = plain(block.text).strip()
        where = f"{self.name}, page {block.page}" if self.name else f"page {block.page}"
        if not text or self._dated(text) or self._labelled(text, where):
            return
        self._close_form()
        if not self.notice.title and len(text) < _HEADING:
            self.notice.title = text
        self.here = []
        item = bool(_ITEM.match(text))
        body = _ITEM.sub("", text)
        if self._heading(body):
            return
        for sentence in sentences(body):
            self._sentence(sentence, where, item)

    def _dated(self, text: str) -> bool:
        """A line that is a date alone, with a place or a label, dates the notice."""
        found = days(text, self.order)
        if len(found) != 1 or not _DATED.match(text[: found[0].start]):
            return False
        if text[found[0].end :].strip(" .。)）") or found[0].day is None:
            return False
        self.notice.published = found[0].day
        return True

    def _heading(self, text: str) -> bool:
        """A line that names one action and nobody speaks of what stands below it."""
        if len(text) > _HEADING or text.rstrip().endswith((".", "。")) or holders(text):
            return False
        found = hits(text)
        if not found or any(one.supposed for one in found):
            return False
        action = one_action(found)
        if action is None:
            self.context = None  # "Suspensions and withdrawals": each item says which
            return True
        self.context = _Context(action, dates_of(text, self.order), text)
        return True

    def _sentence(self, sentence: str, where: str, item: bool) -> None:
        found, who = hits(sentence), holders(sentence)
        said = dates_of(sentence, self.order, bare=bool(found) or item)
        if said.published and not self.notice.published:
            self.notice.published = said.published
        if said.decided and not who and not self.notice.decided:
            self.notice.decided = said.decided
        if not found:
            self._without_action(sentence, who, said, where, item)
        elif all(one.supposed for one in found):
            if who:
                self._problem(where, sentence, "it says what may be, not what is")
        elif not who:
            self._without_holder(sentence, found, said, where)
        else:
            self._stated(sentence, [one for one in found if not one.supposed], who, where)

    def _without_action(
        self, sentence: str, who: list[Holder], said: Dates, where: str, item: bool
    ) -> None:
        if not who:
            if _REFERS.search(sentence) and (said.on or said.last or said.immediate):
                self._follow_up(sentence, None, said, where)
            return
        numbered = [one for one in who if one.number]
        if self.context and (item or numbered):
            self._tell(who, self.context.action, said, sentence, where, self.context)
        elif numbered:
            self.pending = numbered

    def _without_holder(self, sentence: str, found: list[Hit], said: Dates, where: str) -> None:
        action = one_action(found)
        if FOLLOWING.search(sentence):
            if action is None:
                self._problem(where, sentence, "it says several things of what follows")
            else:
                self.context = _Context(action, said, sentence)
        elif self._follow_up(sentence, action, said, where):
            return
        elif self.pending and action and any(one.finite for one in found):
            self._tell(self.pending, action, said, sentence, where, None)
            self.pending = []

    # --- what a sentence states -------------------------------------------------------------------

    def _stated(self, sentence: str, found: list[Hit], who: list[Holder], where: str) -> None:
        if (action := one_action(found)) is not None:
            self._tell(who, action, dates_of(sentence, self.order), sentence, where, None)
            return
        for piece, action, mine in _pieces(sentence, found, who):
            if action is None or not mine:
                self._problem(where, sentence, "it says several things, and not plainly of whom")
                return
            said = dates_of(piece, self.order)
            self._tell(mine, action, said, piece, where, None, whole=sentence)

    def _tell(
        self,
        who: Sequence[Holder],
        action: Action,
        said: Dates,
        sentence: str,
        where: str,
        context: _Context | None,
        *,
        whole: str = "",
    ) -> None:
        words = f"{context.sentence} {sentence}" if context else sentence
        if (said.unread and said.on is None) or any("two days" in one for one in said.unread):
            self._problem(where, sentence, said.unread[0])
            return
        part = part_of(sentence) if not context else _first_partial(sentence, context.sentence)
        if part.partial and not part.named:
            self._problem(where, sentence, "it touches a part, and does not say which")
            return
        asked = "body" if AT_REQUEST.search(whole or words) else ""
        if asked and action in (Action.WITHDRAWN, Action.REVOKED) and not part.partial:
            action = Action.SURRENDERED
        if action is Action.SURRENDERED:
            asked = "body"
        above = context.dates if context else Dates()
        for one in who:
            told = Told(
                names=one.names,
                number=one.number,
                action=action,
                on=said.on or above.on or self.later.on,
                last=(said.last or above.last) if action is Action.SUSPENDED else None,
                began=said.began,
                decided=said.decided or above.decided,
                asked_by=asked,
                part=part,
                immediate=said.immediate or above.immediate or self.later.immediate,
                raw=" ".join((whole or sentence).split()),
                where=where,
            )
            self.notice.told.append(told)
            self.here.append(told)

    def _follow_up(self, sentence: str, action: Action | None, said: Dates, where: str) -> bool:
        """ "The withdrawal takes effect on …", "上述决定自…起生效": of what was told before; where
        nothing was, of what comes. True where it was one of these."""
        if not (said.on or said.last or said.immediate or said.decided):
            return False
        mine = [one for one in self.here or self.notice.told if action in (None, one.action)]
        if not mine:
            if re.search(r"\bdecisions?\b|决定|生效|\beffective\b|\btake\s+effect\b", sentence):
                self.later = said
                return True
            return False
        for one in mine:
            if said.on and one.on and said.on != one.on and not said.last:
                self._problem(where, sentence, f"{one.number or 'it'} has another day above")
                continue
            fuller = replace(
                one,
                on=one.on or said.on,
                last=one.last or (said.last if one.action is Action.SUSPENDED else None),
                decided=one.decided or said.decided,
                immediate=one.immediate or said.immediate,
                raw=f"{one.raw} {' '.join(sentence.split())}",
            )
            for kept in (self.here, self.notice.told):
                kept[:] = [fuller if other is one else other for other in kept]
        return True

    # --- forms and tables -------------------------------------------------------------------------

    def _labelled(self, text: str, where: str) -> bool:
        """A line "label: value" of a form; the form ends where one of its labels comes again."""
        found = _LABEL.match(text)
        if not found or len(found["value"]) > 200 or (hits(found["label"]) and holders(text)):
            return False
        label = " ".join(found["label"].split())
        column = next(
            (name for name, words in designation_table.COLUMNS if words.search(label)), ""
        )
        if not column or column in ("sequence",) or len(label.split()) > 6:
            return False
        if column in self.form:
            self._close_form()
        self.form[column], self.form_where = found["value"].strip(), self.form_where or where
        return True

    def _close_form(self) -> None:
        form, where = self.form, self.form_where
        self.form, self.form_where = {}, ""
        if form:
            self._entry(form, where)

    def table(self, table: Table) -> None:
        self._close_form()
        at, columns = designation_table.header_of(table)
        if not columns:
            if self.context:
                self._problem(f"{self.name} {table.rows[0].where}".strip(),
                              " | ".join(table.rows[0].cells), "no header of a table is known in it")  # fmt: skip
            return
        title = " ".join(table.rows[at].cells[columns["from"]].split()) if "from" in columns else ""
        for row in table.rows[at + 1 :]:
            cells = {name: plain(row.cells[n]).strip() for name, n in columns.items()}
            if not any(cells.values()):
                continue
            where = f"{self.name}, {row.where}" if self.name else row.where
            self._entry(cells, where, title)

    def _entry(self, cells: dict[str, str], where: str, title: str = "") -> None:
        """One row of a table, or one form."""
        said = " | ".join(" ".join(cell.split()) for cell in cells.values() if cell)
        names = {
            one.lang: one
            for column in ("name", "name en", "name zh")
            for one in names_of(cells.get(column, ""))
        }
        number = cells.get("accreditation") or cells.get("number") or ""
        if not names and not number:
            return
        found = hits(cells.get("status", "")) or (hits(title) if not cells.get("status") else [])
        status = cells.get("status", "")
        if found:
            action = one_action([one for one in found if not one.supposed])
        else:
            action = self.context.action if self.context and not status else None
        if action is None:
            if status or found:
                self._problem(where, said, "what was done is not said in words that are known")
            return
        from_cell, until = cells.get("from", ""), cells.get("until", "")
        dated = dates_of(f"{from_cell} {cells.get('status', '')}".strip(), self.order)
        last = only_day(until, self.order) if until else None
        if (until and (last is None or last.day is None)) and action is Action.SUSPENDED:
            self._problem(where, said, f"{until!r} is no day")
            return
        if dated.on is None and (days_found := days(from_cell, self.order)):
            dated = replace(dated, on=days_found[0].day,
                            last=days_found[1].day if len(days_found) == 2 else None, unread=())  # fmt: skip
            if dated.on is None:
                self._problem(where, said, days_found[0].problem)
                return
        if last is not None and last.day:
            dated = replace(dated, last=last.day)
        holder = Holder(tuple(names.values()), " ".join(number.split()), 0, 0)
        self._tell([holder], action, dated, said, where, self.context)

    # --- the end ----------------------------------------------------------------------------------

    def _problem(self, where: str, sentence: str, why: str) -> None:
        words = " ".join(sentence.split())
        self.notice.problems.append(f"{where}: “{words[:300]}”: {why}")

    def end(self) -> Notice:
        self._close_form()
        told: list[Told] = []
        for one in self.notice.told:
            if LOST in one.raw:  # a number or a name may end where it stands
                self._problem(one.where, one.raw, "a character whose meaning is not told")
                continue
            if one.on is None and one.immediate:
                if self.notice.published is None:
                    self._problem(
                        one.where, one.raw, "immediate, and no day of publication is told"
                    )
                    continue
                one = replace(one, on=self.notice.published)
            if one.last and one.on and one.last < one.on:
                self._problem(one.where, one.raw, "it ends before it begins")
                continue
            if one.decided is None:
                one = replace(one, decided=self.notice.decided)
            told.append(one)
        self.notice.told = list(_once(told))
        return self.notice


def _first_partial(sentence: str, context: str) -> Part:
    own = part_of(sentence)
    return own if own.partial else part_of(context)


def _pieces(
    sentence: str, found: Sequence[Hit], who: Sequence[Holder]
) -> Iterator[tuple[str, Action | None, list[Holder]]]:
    """A sentence that says several things, cut into what says one each, with whom it is said of:
    who stands in the piece, else who stood in the one before ("X was suspended … and withdrawn …")."""
    cuts = [0]
    for before, hit in pairwise(found):
        if before.action is hit.action:
            continue
        between = sentence[before.end : hit.start]
        marks = [
            one.end()
            for one in re.finditer(
                r"[,，;；]\s*(?:and\s+|then\s+)*|\s(?:and|then)\s(?:was\s|has\s|is\s)?", between
            )
        ]
        inside = [
            mark for mark in marks
            if not any(one.start < before.end + mark < one.end for one in who)
        ]  # fmt: skip
        # the verb's own clause: in English it follows its holder, in Chinese it goes before
        holder = next((one for one in who if before.end <= one.start < hit.start), None)
        first = [mark for mark in inside if holder is None or before.end + mark <= holder.start]
        chosen = first or inside
        cuts.append(before.end + chosen[-1] if chosen else hit.start)
    cuts.append(len(sentence))
    last: list[Holder] = []
    for start, end in pairwise(cuts):
        actions = [one for one in found if start <= one.start < end]
        mine = [one for one in who if start <= one.start < end] or last
        yield sentence[start:end], one_action(actions), mine
        last = mine


def _once(told: Sequence[Told]) -> Iterator[Told]:
    """What is said twice, in two languages or in text and list, is one; its names are put
    together, and what one telling leaves out the other adds."""
    kept: list[Told] = []
    for one in told:
        for at, other in enumerate(kept):
            if _same(one, other):
                kept[at] = _together(other, one)
                break
        else:
            kept.append(one)
    yield from kept


def _same(one: Told, other: Told) -> bool:
    if one.action is not other.action or not _agree(one.on, other.on):
        return False
    if one.number and other.number:
        if _key(one.number) != _key(other.number):
            return False
    elif not {name.text for name in one.names} & {name.text for name in other.names}:
        return False
    parts = (one.part.lines, one.part.sites), (other.part.lines, other.part.sites)
    return one.part.partial == other.part.partial and (
        parts[0] == parts[1] or not all(map(any, parts))
    )


def _agree(one: date | None, other: date | None) -> bool:
    return one is None or other is None or one == other


def _key(number: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", number.upper())


def _together(first: Told, second: Told) -> Told:
    names = {one.lang: one for one in (*second.names, *first.names)}
    order = sorted(names.values(), key=lambda one: one not in first.names)
    raw = first.raw if second.raw in first.raw else f"{first.raw} {second.raw}"
    return replace(
        first,
        names=tuple(order),
        number=max(first.number, second.number, key=len),
        on=first.on or second.on,
        last=first.last or second.last,
        began=first.began or second.began,
        decided=first.decided or second.decided,
        asked_by=first.asked_by or second.asked_by,
        part=first.part if first.part.named else second.part,
        raw=raw,
    )

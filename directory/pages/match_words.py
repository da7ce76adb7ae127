"""What matching found and what deciding does, in words: the parts, never one number instead."""

from collections.abc import Mapping
from typing import Any

from directory.pages.tongue import Tongue
from directory.pages.words import N_

# the sentences of services.terms.MatchReason
REASONS = (
    N_("Its identifiers belong to different bodies."),
    N_("The same identifier, but its check digit fails."),
    N_("The same number is held under another name."),
    N_("The same name, but country or identifiers do not settle that it is the same body."),
    N_("The same name but for its legal form."),
    N_("The names are alike but for their spelling."),
    N_("The same legal person or institution by its name, written in another way."),
    N_("The one name stands within the other."),
    N_("A Chinese name and an English one of the same words and sounds."),
    N_("A Chinese name and an English one of the same sound at the same place."),
    N_("The one name is the initials of the other."),
    N_("The record names quite another body than before: a rename, or another holder."),
    N_("Kept apart before, and names or identifiers have changed since."),
)
AGAINST = (
    N_("An identifier of one namespace says two things."),
    N_("The countries differ."),
)
STATES = {
    "open": N_("open"),
    "same": N_("decided: the same"),
    "apart": N_("decided: not the same"),
    "relation": N_("decided: related"),
}
PERSONS = {
    "equal": N_("the same words"),
    "misspelt": N_("the same words but for one letter"),
    "part": N_("one name stands within the other"),
    "initials": N_("the initials of the other name"),
    "translated": N_("a translation: the same words and sounds"),
    "said less": N_("a translation that says less, of the same sound"),
    "alike": N_("other words in a like spelling"),
    "other": N_("other words"),
}
AGREES = {
    "agree": N_("the same on both sides"),
    "differ": N_("different"),
    "unsaid": N_("unknown: one side does not say"),
}
PARTS = {  # of services.sync.likeness.Likeness
    "form": N_("Legal form"),
    "place": N_("Place"),
    "country": N_("Country"),
    "number": N_("Accreditation number"),
    "identifier": N_("Identifiers"),
}
HINTS = {
    "branch": N_("one is a branch of the other"),
    "subsidiary": N_("one is a subsidiary of the other"),
    "joint venture": N_("a joint venture"),
    "group": N_("two companies of one group"),
    "name plate": N_("another name plate of the same institute"),
    "unit": N_("one is a unit of the other"),
    "renamed": N_("one names the other as its former name"),
}
PROPOSED = {
    "same": N_("the same body"),
    "ask": N_("a person must say"),
    "different": N_("two bodies"),
}
Row = tuple[str, str]


def parts(tongue: Tongue, evidence: Mapping[str, Any]) -> list[Row]:
    """Each part of the comparison by its name; nothing where matching compared no names."""
    said = evidence.get("likeness")
    if not said:
        return []
    person, proposed = PERSONS[said["person"]], PROPOSED[said["decision"]]
    rows = [
        (tongue(N_("Words of the names")), tongue(person)),
        (tongue(N_("Letters alike")), tongue(N_("{n} of 100")).format(n=said["name"])),
    ]
    if said.get("shared"):
        rows.append((tongue(N_("Telling words on both sides")), ", ".join(said["shared"])))
    if said.get("only"):
        rows.append((tongue(N_("Words on one side alone")), ", ".join(said["only"])))
    rows += [(tongue(label), tongue(AGREES[said[part]])) for part, label in PARTS.items()]
    if hint := HINTS.get(evidence.get("relation", "")):
        rows.append((tongue(N_("The names hint at")), tongue(hint)))
    rows += [(tongue(N_("Speaks against it")), tongue(one)) for one in said.get("against", ())]
    rows.append((tongue(N_("By these parts alone")), tongue(proposed)))
    return rows


def beside(tongue: Tongue, evidence: Mapping[str, Any]) -> list[Row]:
    """What else there is to know of a match: a failed check, what changed, a merge undone."""
    rows = [(tongue(N_("Check digit fails")), one) for one in evidence.get("failed_checks", ())]
    if evidence.get("again"):
        rows.append((tongue(N_("Asked again")), tongue(N_("a merge was undone"))))
    if because := evidence.get("kept_apart_because"):
        rows.append((tongue(N_("Kept apart before, because")), because))
    for body, changed in sorted(evidence.get("changed", {}).items()):
        for what, values in changed.items():
            label = tongue(CHANGED.get(what, what)).format(body=body)
            rows.append((label, ", ".join(values)))
    return rows


CHANGED = {
    "new names": N_("New names of {body}"),
    "names gone": N_("Names that {body} has no more"),
    "new identifiers": N_("New identifiers of {body}"),
    "identifiers gone": N_("Identifiers that {body} has no more"),
}

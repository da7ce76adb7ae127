"""Every message of the pages, and the catalogues brought up to date with them.

    python -m directory.pages.catalogue        add new messages, drop those no longer said
    python -m directory.pages.catalogue --list  what still waits for a translation

Messages come from the templates, the pages' code, and a decision's reasons, flags and chain.
"""

import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from directory.pages.render import HERE
from directory.pages.tongue import CATALOGUES
from services.routes.because import SENTENCES
from services.validity.reasons import REASONS
from services.verdict.answer import STEPS
from services.verdict.flags import FLAGS

KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "tongue": None,
    "rich": None,
    "ngettext": (1, 2),
    "many": (1, 2),
}
METHODS = [("pages/**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}


def messages() -> Catalog:
    """All messages that a page can say, as a template catalogue."""
    template = Catalog(project="labdir", charset="utf-8")
    found = extract_from_dir(HERE, METHODS, OPTIONS, keywords=KEYWORDS)
    for filename, _, message, _, context in found:
        template.add(message, locations=[(Path(filename).as_posix(), 0)], context=context)
    for code, (_, sentence) in REASONS.items():
        template.add(sentence, locations=[(f"reason {code}", 0)])
    for code, sentence in FLAGS.items():
        template.add(sentence, locations=[(f"flag {code}", 0)])
    for code, sentence in SENTENCES.items():
        template.add(sentence, locations=[(f"plan {code}", 0)])
    for code, sentence in STEPS.items():
        template.add(sentence, locations=[(f"step {code}", 0)])
    return template


def held(code: str) -> Catalog:
    """The catalogue of a language as it stands in its file."""
    with _file(code).open("rb") as file:
        return read_po(file, locale=code)


def _file(code: str) -> Path:
    return CATALOGUES / code / "LC_MESSAGES" / "labdir.po"


def update(code: str) -> Catalog:
    """Write the language's catalogue with exactly today's messages; translations are kept."""
    catalogue = held(code) if _file(code).exists() else Catalog(locale=code, project="labdir")
    catalogue.update(messages(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    if code == "en":  # the id is the English text; its plural forms stand in the message itself
        for message in catalogue:
            if message.id:
                message.string = message.id
    with _file(code).open("wb") as file:
        write_po(file, catalogue, width=100, sort_output=True, omit_header=True, no_location=True)
    return catalogue


def main() -> None:
    for code in ("en", "zh"):
        if "--list" not in sys.argv:
            update(code)
        for message in held(code):
            if message.id and not any(message.string or ()):
                sys.stdout.write(f"{code}: {message.id!r}\n")


if __name__ == "__main__":
    main()

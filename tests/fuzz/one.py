"""One target in a process of its own: ``python -m tests.fuzz.one TARGET FOLDER [flags]``.

FOLDER gets ``corpus`` (what reached new code), ``tokens`` (the dictionary) and the inputs that
broke a rule, hung, or took too much memory (``crash-…``, ``timeout-…``, ``oom-…``).
"""

import random
import sys
from pathlib import Path

import atheris

# instrumented while imported; what stands behind the parsers is not what is being explored
with atheris.instrument_imports(include=["services"], enable_loader_override=False):
    import services.names
    import services.parsers.pdf_drawn
    import services.standards
    import services.store.tokens  # noqa: F401
    from tests.fuzz.targets import Target, all_targets

from tests.fuzz.mutate import MUTATORS

# a third of all changes is left to libFuzzer, which knows what the code compared the bytes with
_BLIND = 0.33


def main(name: str, folder: Path, flags: list[str]) -> None:
    target = all_targets()[name]
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number:03}").write_bytes(seed)
    tokens = folder / "tokens"
    tokens.write_text("".join(f'"{_escaped(token)}"\n' for token in target.tokens if token))
    arguments = [
        sys.argv[0],
        f"-dict={tokens}",
        f"-artifact_prefix={folder}/",
        f"-max_len={max([target.max_len, *map(len, target.seeds)])}",
        *flags,
        str(corpus),
    ]
    if target.form in MUTATORS:
        atheris.Setup(arguments, target.run, custom_mutator=_mutator(target))
    else:
        atheris.Setup(arguments, target.run)
    atheris.Fuzz()


def _mutator(target: Target):  # type: ignore[no-untyped-def]
    change = MUTATORS[target.form]

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        dice = random.Random(seed)
        if dice.random() >= _BLIND:
            changed = change(data, dice, target.tokens)
            if changed is not None and len(changed) <= max_size:
                return changed
        return bytes(atheris.Mutate(data, len(data)) if len(data) else b" ")

    return mutate


def _escaped(token: str) -> str:
    """A token as libFuzzer's dictionaries write it: bytes beyond printable ASCII as \\xNN."""
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02X}"
        for byte in token.encode()[:60]
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])

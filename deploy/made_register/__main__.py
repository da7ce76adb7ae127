"""``python -m deploy.made_register``: writes the register's data file anew."""

from pathlib import Path

from deploy.made_register.generate import register, rendered

target = Path(__file__).parent / "data" / "register.json"
target.write_text(rendered(register()) + "\n", encoding="utf-8")
print(f"{target}: {target.stat().st_size:,} bytes")

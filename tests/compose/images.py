"""The images of docker-compose.yml: pulled, or where no registry is reached, stand-ins.

A stand-in is Debian's own packages under the official image's name, with an entrypoint that does
what the compose file relies on. It proves our wiring, not the official image; the run says so.
"""

import re
import subprocess
import tempfile
from pathlib import Path

import yaml

from tests.compose.engine import Engine

ROOT = Path(__file__).parents[2]
_PACKAGES = "postgresql redis-server caddy prometheus gosu tini busybox"
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_SOURCES = Path("/etc/apt/sources.list.d/debian.sources")

_ENTRYPOINT = """#!/bin/sh
# Stand-in for the official image's entrypoint: what of it Labdir's compose file relies on.
set -eu
[ "${1:-}" = postgres ] || exec "$@"
export PGDATA="${PGDATA:-/var/lib/postgresql/data}"
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /var/run/postgresql
    chown postgres:postgres "$PGDATA" /var/run/postgresql
    chmod 700 "$PGDATA"
    chmod 2775 /var/run/postgresql
    exec gosu postgres "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    printf %s "$POSTGRES_PASSWORD" > /tmp/password
    # shellcheck disable=SC2086
    initdb --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-host=scram-sha-256 \\
        --auth-local=trust ${POSTGRES_INITDB_ARGS:-}
    rm /tmp/password
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
    pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    [ "$POSTGRES_DB" = postgres ] || createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
"""

# name of the official image → what its stand-in adds to the image of services
_STAND_INS = {
    "postgres": 'ENTRYPOINT ["docker-entrypoint.sh"]\nCMD ["postgres"]\n',
    "valkey/valkey": "WORKDIR /data\n",
    "caddy": (
        "ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data\nWORKDIR /srv\n"
        'CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]\n'
    ),
    "prom/prometheus": (
        'WORKDIR /prometheus\nENTRYPOINT ["prometheus"]\nCMD ["--config.file='
        '/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]\n'
    ),
}


def named() -> list[str]:
    """Every image that the compose file and the Dockerfile name, but our own."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    found = {one["image"] for one in compose["services"].values()}
    recipe = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    found |= set(re.findall(r"^FROM (\S+)", recipe, re.M))
    return sorted(one for one in found if not one.startswith("labdir:"))


def have(engine: Engine) -> dict[str, str]:
    """See that all images are there. Image → "official", "stand-in: …" or "not to be had"."""
    told: dict[str, str] = {}
    for image in named():
        if (is_stand_in := label(engine, image)) is not None:
            told[image] = is_stand_in or "official"
        elif _pulled(engine, image):
            told[image] = "official"
    missing = [one for one in named() if one not in told]
    if wanted := [one for one in missing if one.partition(":")[0] in ("python", *_STAND_INS)]:
        _make(engine, wanted)
    return told | {one: label(engine, one) or "not to be had" for one in missing}


def label(engine: Engine, image: str) -> str | None:
    """The label by which a stand-in says what it is: "" for an official image, None for none."""
    asked = ("image", "inspect", "--format", '{{index .Config.Labels "stand-in"}}', image)
    try:
        return engine.docker(*asked).strip().replace("<no value>", "")
    except subprocess.CalledProcessError:
        return None


def _pulled(engine: Engine, image: str) -> bool:
    try:
        engine.docker("pull", "--quiet", image, timeout=600)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return False
    return True


def _make(engine: Engine, wanted: list[str]) -> None:
    """Stand-ins by debootstrap, of the Debian that this host has its packages from."""
    with tempfile.TemporaryDirectory(prefix="labdir-images-", dir="/var/tmp") as made:
        base = Path(made) / "base"
        mirror = re.search(r"^URIs: *(\S+)", _SOURCES.read_text(), re.M)
        _run(
            "debootstrap", "--variant=minbase",
            "--include=ca-certificates,python3,python3-venv,python3-pip",
            "bookworm", str(base), *([mirror[1]] if mirror else []),
        )  # fmt: skip
        _like_this_host(base)
        for image in wanted:
            if image.startswith("python:"):
                _import(engine, base, image)
        _with_services(base)
        _import(engine, base, "labdir-services:test")
    for image in wanted:
        recipe = _STAND_INS.get(image.partition(":")[0])
        if recipe is not None:
            said = f"FROM labdir-services:test\n{recipe}"
            engine.docker("build", "--quiet", "--tag", image, "-", text=said)


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True, timeout=1800)


def _like_this_host(root: Path) -> None:
    """What it takes to reach the registries of packages from inside, as this host reaches them."""
    for path in (_CERTIFICATES, "/etc/pip.conf", "/etc/resolv.conf", str(_SOURCES)):
        if Path(path).is_file():
            _run("cp", "--dereference", path, f"{root}{path}")
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    (root / "usr/bin/python").symlink_to("python3")
    for managed in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        managed.unlink()


def _with_services(root: Path) -> None:
    (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (root / "usr/sbin/policy-rc.d").chmod(0o755)
    _run(
        "chroot", str(root), "sh", "-ec",
        "export DEBIAN_FRONTEND=noninteractive; apt-get update -qq;"
        f" apt-get install -y -qq --no-install-recommends {_PACKAGES}; rm -rf /var/lib/apt/lists/*;"
        # a new volume takes its owner from the folder that it is laid over
        " install -d -o postgres -g postgres -m 0700 /var/lib/postgresql/data;"
        " install -d -o postgres -g postgres -m 3777 /var/run/postgresql",
    )  # fmt: skip
    ours = root / "usr/local/bin"
    (ours / "docker-entrypoint.sh").write_text(_ENTRYPOINT)
    # as the official image has it: its network is whoever starts it's own
    (ours / "valkey-server").write_text('#!/bin/sh\nexec redis-server --protected-mode no "$@"\n')
    (ours / "valkey-cli").write_text('#!/bin/sh\nexec redis-cli "$@"\n')
    (ours / "wget").write_text('#!/bin/sh\nexec busybox wget "$@"\n')
    for one in ours.iterdir():
        one.chmod(0o755)


def _import(engine: Engine, root: Path, image: str) -> None:
    servers = next(iter(root.glob("usr/lib/postgresql/*/bin")), None)
    path = f"/{servers.relative_to(root)}:" if servers else ""
    change = (
        f"ENV PATH={path}/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        f" SSL_CERT_FILE={_CERTIFICATES} PIP_CERT={_CERTIFICATES}"
    )
    label = 'LABEL stand-in="stand-in: Debian bookworm packages"'
    tar = subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE)
    subprocess.run(
        ["docker", "import", "--change", change, "--change", label, "-", image],
        env=engine.env, stdin=tar.stdout, check=True, capture_output=True, timeout=600,
    )  # fmt: skip
    if tar.wait(60):
        raise subprocess.CalledProcessError(tar.returncode, "tar")

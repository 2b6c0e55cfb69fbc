"""What the containers are made of and are told: no secret, no open door, nothing missing."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from streamlit.config import get_config_options

from tests.deploy.proxy import CONFIGURATION, PUBLIC_NAME, ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
REPLICAS = ("app-1", "app-2")
OURS = ("manage", *REPLICAS, "proxy")
# What PostgreSQL's own image understands.
OF_THE_DATABASE = {
    "POSTGRES_USER", "POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS",
}  # fmt: skip


def instructions(name: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile, each on one line."""
    text = (DEPLOY / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def copied(name: str) -> list[str]:
    """What of the project a Dockerfile copies."""
    lines = [rest.split() for word, rest in instructions(name) if word == "COPY"]
    return [source for *sources, _ in lines for source in sources]


def last(name: str, word: str) -> str:
    return [rest for found, rest in instructions(name) if found == word][-1]


# --- compose.yaml ---------------------------------------------------------------------------


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["data"]["internal"] is True
    assert list(SERVICES["db"]["networks"]) == ["data"]
    assert "data" not in SERVICES["proxy"]["networks"]
    assert not any("network_mode" in service for service in SERVICES.values())


def test_two_replicas_are_told_the_same_and_share_their_secrets() -> None:
    first, second = (dict(SERVICES[name]) for name in REPLICAS)
    addresses = [each.pop("networks")["front"]["ipv4_address"] for each in (first, second)]
    assert first == second
    assert len(set(addresses)) == 2
    upstream = re.findall(r"server (app-\d):8501", CONFIGURATION.read_text())
    assert upstream == list(REPLICAS)


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            secret = re.search(r"PASSWORD|SECRET|KEY|TOKEN", name)
            assert not secret or (name.endswith("_FILE") and value.startswith("/run/secrets/"))
    address = SERVICES["app-1"]["environment"]["EVALUATION_DATABASE_URL"]
    assert re.fullmatch(r"postgresql\+psycopg://evaluation@db/evaluation", address)
    ignored = (DEPLOY / ".gitignore").read_text().split()
    for secret in COMPOSE["secrets"].values():
        assert secret["file"].startswith("./secrets/")
    assert {"/secrets/", "/.env"} <= set(ignored)


def known_variables() -> set[str]:
    """Every name of an environment variable that the program itself reads."""
    sources = [*(ROOT / "evaluation").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    found: set[str] = set()
    for path in [*sources, ROOT / "app.py", DEPLOY / "start.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found | {option.env_var for option in get_config_options().values()}


@pytest.mark.parametrize("name", ["manage", *REPLICAS])
def test_every_variable_is_one_that_the_program_reads(name: str) -> None:
    known = known_variables()
    built_in = set(re.findall(r"(STREAMLIT_\w+)=", last("Dockerfile", "ENV")))
    assert {"STREAMLIT_SERVER_ADDRESS", "STREAMLIT_SERVER_PORT"} == built_in
    assert set(SERVICES[name]["environment"]) | built_in <= known
    assert "EVALUATION_NO_SUCH_THING" not in known


def test_a_replica_asks_nobody_for_its_own_address() -> None:
    told = SERVICES["app-1"]["environment"]
    assert told["STREAMLIT_BROWSER_SERVER_ADDRESS"] == "${PUBLIC_NAME}"
    assert told["STREAMLIT_SERVER_ALLOWED_HOSTS"] == "${PUBLIC_NAME}"


def test_the_databases_variables_are_its_images() -> None:
    assert set(SERVICES["db"]["environment"]) == OF_THE_DATABASE


def test_the_program_has_no_power_over_the_databases_server() -> None:
    script = (DEPLOY / "database.sh").read_text()
    mounted = [volume for volume in SERVICES["db"]["volumes"] if "database.sh" in volume]
    assert mounted == ["./database.sh:/docker-entrypoint-initdb.d/database.sh:ro"]
    assert "CREATE ROLE evaluation LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE " in script
    assert SERVICES["db"]["environment"]["POSTGRES_USER"] != "evaluation"


@pytest.mark.parametrize("name", OURS)
def test_a_container_of_ours_has_no_rights_and_writes_nothing_but_temporary_files(
    name: str,
) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp"]
    assert "privileged" not in service
    assert "volumes" not in service


def test_nothing_starts_before_what_it_needs() -> None:
    for name in REPLICAS:
        needs = SERVICES[name]["depends_on"]
        assert needs["db"]["condition"] == "service_healthy"
        assert needs["manage"]["condition"] == "service_completed_successfully"
    assert "healthcheck" in SERVICES["db"]
    for name in REPLICAS:
        assert SERVICES["proxy"]["depends_on"][name]["condition"] == "service_healthy"


def test_every_service_limits_its_log() -> None:
    for service in SERVICES.values():
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}


def test_the_docker_files_that_are_named_exist() -> None:
    for name in OURS:
        assert (ROOT / SERVICES[name]["build"]["dockerfile"]).is_file()
        assert SERVICES[name]["build"]["context"] == ".."


# --- Dockerfiles ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Dockerfile", "proxy.Dockerfile"])
def test_what_is_copied_exists_and_is_let_through(name: str) -> None:
    rules = (DEPLOY / f"{name}.dockerignore").read_text().splitlines()
    let_through = {rule[1:] for rule in rules if rule.startswith("!")}
    assert rules[0 if rules[0] == "*" else 1] == "*"
    for source in copied(name):
        assert (ROOT / source).exists(), source
    assert set(copied(name)) == let_through


def test_no_data_and_no_secrets_get_into_the_image() -> None:
    rules = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    closed = [rule for rule in rules if rule.startswith("**/")]
    for file in ("evaluation/a.db", "pages/shell/b.db-wal", ".streamlit/secrets.toml"):
        assert any(fnmatch(file, rule.replace("**/", "*")) for rule in closed)
    # A later rule wins: nothing is let through again after these.
    assert rules[-len(closed) :] == closed


@pytest.mark.parametrize("name", ["Dockerfile", "proxy.Dockerfile"])
def test_nobody_is_root_at_the_end(name: str) -> None:
    words = [word for word, _ in instructions(name)]
    assert last(name, "USER") == "10001:10001"
    assert "useradd --uid 10001 " in " ".join(r for word, r in instructions(name) if word == "RUN")
    assert words.index("USER") < words.index("ENTRYPOINT")


def test_the_server_is_started_as_everywhere_else_and_asked_whether_it_is_well() -> None:
    assert json.loads(last("Dockerfile", "CMD"))[2:] == ["streamlit", "run", "pages/shell/asgi.py"]
    assert "/_stcore/health" in last("Dockerfile", "HEALTHCHECK")
    assert "STREAMLIT_SERVER_ADDRESS=0.0.0.0" in last("Dockerfile", "ENV")
    module = json.loads(last("Dockerfile", "ENTRYPOINT"))[-1]
    assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file()


def test_every_module_that_the_program_imports_is_copied() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    imported: set[str] = set()
    for folder in [ROOT / source for source in copied("Dockerfile")]:
        for path in [folder] if folder.suffix == ".py" else folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    imported.add(str(node.module).split(".")[0])
    needed = imported & packages
    assert {"evaluation", "instruments", "pages"} <= needed
    assert needed <= set(copied("Dockerfile"))


def test_the_proxy_puts_the_public_name_in_its_place(tmp_path: Path) -> None:
    shell, flags, script = json.loads(last("proxy.Dockerfile", "ENTRYPOINT"))
    filled = script.split(" && exec ")[0]
    assert "/etc/distance-travelled/nginx.conf" in filled
    target = tmp_path / "nginx.conf"
    filled = filled.replace("/etc/distance-travelled/nginx.conf", str(CONFIGURATION))
    filled = filled.replace("/tmp/nginx.conf", str(target))
    environment = {"PATH": "/usr/bin:/bin", "PUBLIC_NAME": "pilots.council.test"}
    subprocess.run([shell, flags, filled], check=True, env=environment)
    text = target.read_text()
    assert "server_name pilots.council.test;" in text
    assert "return 301 https://pilots.council.test$request_uri;" in text
    assert PUBLIC_NAME not in text
    without = subprocess.run([shell, flags, filled], env={"PATH": "/usr/bin:/bin"})
    assert without.returncode != 0


def test_what_is_installed_is_the_program_sign_in_and_the_databases_driver() -> None:
    lines = (DEPLOY / "requirements.txt").read_text().splitlines()
    wanted = {line for line in lines if line and not line.startswith("#")}
    own = (ROOT / "requirements.txt").read_text()
    (streamlit,) = re.findall(r"^streamlit(==\S+)$", own, flags=re.MULTILINE)
    assert {"-r ../requirements.txt", f"streamlit[auth]{streamlit}"} <= wanted
    assert re.search(r"^psycopg\[binary\]==", own, flags=re.MULTILINE)

"""The image and the compose file, read as text: no engine runs here."""

import json
import re
import tomllib

import pytest

from tests.docker.reading import DOCKER, ROOT, compose, configured, instructions

SERVICES = compose()["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}

#: A tag that names one release.
PINNED = re.compile(r"[a-z./-]+:\d+\.\d+\.\d+[a-z0-9-]*")


def of(word):
    return [rest for found, rest in instructions() if found == word]


def test_the_base_is_pinned():
    stages = [line.split() for line in of("FROM")]
    named = {line[2] for line in stages if len(line) == 3}
    outside = [line[0] for line in stages if line[0] not in named]
    assert outside
    assert all(PINNED.fullmatch(image) for image in outside), outside


def test_the_image_runs_ctbone_as_nobody_of_the_host():
    (user,) = of("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert of("ENTRYPOINT") == ['["ctbone"]']
    words = [word for word, _ in instructions()]
    # What follows the last FROM is the image.
    assert "USER" in words[len(words) - words[::-1].index("FROM") :]


def test_the_image_takes_what_there_is_and_no_secret():
    sources = [
        source
        for line in of("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    ]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert "docker/secrets" in (ROOT / ".dockerignore").read_text().splitlines()
    assert "/docker/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    given = " ".join(of("ARG") + of("ENV"))
    assert not re.search(r"(?i)secret|password|token|key", given)


def test_only_the_index_of_torch_is_named():
    text = (DOCKER / "Dockerfile").read_text()
    assert set(re.findall(r"https?://([^/\s]+)", text)) == {"download.pytorch.org"}


def test_torch_is_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (wanted,) = (need for need in project["dependencies"] if need.startswith("torch>"))
    said = re.findall(r'"(torch[^"]*)"', (DOCKER / "Dockerfile").read_text())
    assert said == [wanted, wanted]


def test_images_of_others_are_pinned():
    (orthanc,) = (service for name, service in SERVICES.items() if name not in OURS)
    assert PINNED.fullmatch(orthanc["image"])
    assert all(port.startswith("127.0.0.1:") for port in orthanc["ports"])


@pytest.mark.parametrize("name", OURS)
def test_services_can_write_to_volumes_and_tmp_alone(name):
    service = OURS[name]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - of the container
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in service
    assert "user" not in service
    written = {volume for volume in service["volumes"] if not volume.endswith(":ro")}
    assert written == {"results:/results"}


def test_services_reach_orthanc_or_nothing():
    assert OURS["ctbone"]["networks"] == ["inside"]
    assert compose()["networks"]["inside"]["internal"] is True
    assert OURS["folder"]["network_mode"] == "none"


def test_what_services_run_is_in_the_image():
    (copied,) = (line for line in of("COPY") if "rounds.sh" in line)
    assert copied.split()[-1] == f"/usr/local/bin/{OURS['ctbone']['entrypoint'][0]}"
    assert (DOCKER / "rounds.sh").stat().st_mode & 0o111 == 0o111
    command, *words = OURS["folder"]["command"]
    config = configured(command, *words)
    assert str(config.export) == "/export"
    assert any(volume.endswith(":/export:ro") for volume in OURS["folder"]["volumes"])


def test_secrets_that_files_name_are_given():
    secrets = compose()["secrets"]
    for service in SERVICES.values():
        names = {one if isinstance(one, str) else one["source"] for one in service["secrets"]}
        assert names <= set(secrets)
    given = OURS["ctbone"]["secrets"]
    for path in (DOCKER / "config").iterdir():
        for secret in re.findall(r"/run/secrets/(\w+)", path.read_text()):
            assert secret in given
    ours = {entry["file"] for name, entry in secrets.items() if name != "orthanc_settings"}
    assert all(path.startswith("./secrets/") for path in ours)


def test_orthanc_asks_for_a_password_and_its_ports_are_those_published():
    settings = json.loads((DOCKER / "orthanc.json").read_text())
    assert settings["AuthenticationEnabled"] is True
    assert "RegisteredUsers" not in settings
    ports = {port.split(":")[-1] for port in SERVICES["orthanc"]["ports"]}
    assert ports == {str(settings["HttpPort"]), str(settings["DicomPort"])}
    assert SERVICES["orthanc"]["volumes"] == [f"archive:{settings['StorageDirectory']}"]


@pytest.mark.parametrize("command", ["fetch", "send"])
def test_no_tls_is_said_and_not_by_oversight(command):
    words = {"fetch": ["--out", "out"], "send": ["--out", "out", "--files", "in"]}[command]
    given = ["--config", DOCKER / "config" / f"{command}.yaml", *words]
    config = configured(command, *given)
    assert config.url == "http://orthanc:8042/dicom-web"
    with pytest.raises(ValueError, match="--insecure true where the network protects them"):
        configured(command, *given, "--insecure", "false")
    configured(command, *given, "--insecure", "false", "--url", "https://orthanc:8042/dicom-web")


def test_the_gpu_is_an_argument_of_the_same_image():
    service = compose("compose.gpu.yaml")["services"]["ctbone"]
    assert service["build"]["args"] == {"TORCH": "gpu"}
    assert of("ARG") == ["TORCH=cpu", "VERSION=0.0.0"]
    assert OURS["ctbone"]["build"]["args"] == {"TORCH": "cpu"}
    assert service["image"] != OURS["ctbone"]["image"]

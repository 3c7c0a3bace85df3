"""Private indexes: credentials reach their host alone, and are shown nowhere."""

import base64
import hashlib
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from rule_wheels import MODULE, make, module

from npwheel.cli import main
from npwheel.core import credentials, download, index, web
from npwheel.core.errors import PlanError, UsageError

USER, SECRET = "reader", "S3CRET/with@all:of#them"
QUOTED = "S3CRET%2Fwith%40all%3Aof%23them"
SIMPLE = "application/vnd.pypi.simple.v1+json"


class Handler(BaseHTTPRequestHandler):
    """A Simple index; `server.needs` is the header that it asks for."""

    def do_GET(self):
        server = self.server
        server.seen.append((self.path, self.headers.get("Authorization")))
        if self.path in server.redirects:
            self.send_response(302)
            self.send_header("Location", server.redirects[self.path])
            self.end_headers()
            return
        if server.needs and self.headers.get("Authorization") != server.needs:
            self.send_error(401)
            return
        if self.path not in server.pages:
            self.send_error(404)
            return
        kind, body = server.pages[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def basic(userinfo):
    return "Basic " + base64.b64encode(userinfo.encode()).decode()


@pytest.fixture
def servers(monkeypatch, tmp_path):
    """servers() -> a running server on loopback; settings of this machine do not count."""
    for name in [*os.environ]:
        if name.startswith(("PIP_", "UV_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("NPWHEEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(web, "PAUSES", ())
    monkeypatch.setattr(index, "_pip_settings", dict)
    monkeypatch.setattr(credentials, "_found", set())
    running = []

    def make():
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.needs, server.pages, server.redirects, server.seen = "", {}, {}, []
        server.host = f"127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server

    yield make
    for server in running:
        server.shutdown()
        server.server_close()


def page(*files):
    return SIMPLE, json.dumps({"meta": {"api-version": "1.0"}, "files": list(files)}).encode()


def serve_wheel(server, content, name="thing-1.0-py3-none-any.whl", host=""):
    digest = hashlib.sha256(content).hexdigest()
    url = f"{host}/files/{name}"
    server.pages["/simple/thing/"] = page(
        {"filename": name, "url": url, "hashes": {"sha256": digest}}
    )
    server.pages[f"/files/{name}"] = ("application/zip", content)


def test_a_private_index_is_read_with_its_credentials(servers, monkeypatch):
    server = servers()
    server.needs = basic(f"{USER}:{SECRET}")
    serve_wheel(server, b"content")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://{USER}:{QUOTED}@{server.host}/simple/")
    (file,) = index.files("thing")
    assert file.url == f"http://{server.host}/files/thing-1.0-py3-none-any.whl"
    assert download.wheel(file).read_bytes() == b"content"
    assert {header for _, header in server.seen} == {server.needs}


def test_credentials_of_netrc_count(servers, monkeypatch, tmp_path):
    server = servers()
    server.needs = basic("netrc-user:netrc-word")
    serve_wheel(server, b"content")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login netrc-user password netrc-word\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://{server.host}/simple")
    assert len(index.files("thing")) == 1


def test_other_hosts_get_no_credentials(servers, monkeypatch):
    """Neither where the index names files elsewhere, nor where it redirects to."""
    server, other = servers(), servers()
    server.needs = basic(f"{USER}:{SECRET}")
    serve_wheel(other, b"content")
    server.pages["/simple/thing/"] = page(
        {
            "filename": "thing-1.0-py3-none-any.whl",
            "url": f"http://{other.host}/files/thing-1.0-py3-none-any.whl",
            "hashes": {"sha256": hashlib.sha256(b"content").hexdigest()},
        }
    )
    server.redirects["/simple/moved/"] = f"http://{other.host}/simple/thing/"
    monkeypatch.setenv("PIP_INDEX_URL", f"http://{USER}:{QUOTED}@{server.host}/simple")
    download.wheel(index.files("thing")[0])
    assert len(index.files("moved")) == 1
    assert {header for _, header in other.seen} == {None}
    assert len(other.seen) == 2


def test_a_redirect_to_a_file_is_refused(servers, monkeypatch):
    server = servers()
    server.redirects["/simple/thing/"] = "file:///etc/passwd"
    monkeypatch.setenv("PIP_INDEX_URL", f"http://{server.host}/simple")
    with pytest.raises(PlanError):
        index.files("thing")


def test_an_extra_index_is_asked_for_what_the_main_one_lacks(servers, monkeypatch):
    main, extra = servers(), servers()
    extra.needs = basic(f"{USER}:{SECRET}")
    serve_wheel(extra, b"content")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://{main.host}/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"http://{USER}:{QUOTED}@{extra.host}/simple")
    assert len(index.files("thing")) == 1
    assert {header for _, header in main.seen} == {None}


@pytest.mark.parametrize("name", ["../a-1.0-py3-none-any.whl", "a/b.tar.gz", "..", "a\\b.whl"])
def test_an_index_names_files_and_no_paths(servers, monkeypatch, name):
    server = servers()
    server.pages["/simple/thing/"] = page({"filename": name, "url": "/x", "hashes": {}})
    monkeypatch.setenv("PIP_INDEX_URL", f"http://{server.host}/simple")
    assert index.files("thing") == ()


def test_a_digest_is_not_a_path(servers):
    file = index.IndexFile("a.whl", "http://example.org/a.whl", {"sha256": "../.."}, None, 0, 0, "")
    with pytest.raises(PlanError):
        download.wheel(file)


BAD = [
    "http://{u}:{s}@127.0.0.1:notaport/simple", "ftp://{u}:{s}@example.org/", "{u}:{s}@host",
    "http://{u}:{s}@[::1/simple", "http://{u}:{s}/x@127.0.0.1:1/simple", "http://{u}:{s}@127.0.0.1:1/",
    "http://{u}:{s}@127.0.0.1:1/a b", "http://{u}:{s}@xn--\u0130.example/",
]  # fmt: skip
COMMANDS = [
    ["audit", "thing==1.0"], ["audit", "--json", "thing==1.0"], ["where", "thing==1.0"],
    ["where", "--json", "thing==1.0"], ["build", "thing==1.0", "--plan", "--json"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: "-".join(c[:2]))
def test_no_command_prints_a_password(servers, monkeypatch, command, capsys):
    server = servers()
    server.needs = "Basic something-else"
    for url in (*BAD, "http://{u}:{s}@" + server.host + "/simple"):
        monkeypatch.setenv("PIP_INDEX_URL", url.format(u=USER, s="SECRETWORD"))
        code = main(command)
        out, err = capsys.readouterr()
        assert code in (2, 3, 12), (url, err)
        assert "SECRETWORD" not in out + err


def test_a_release_of_a_private_index_is_audited(servers, monkeypatch, tmp_path, capsys):
    server = servers()
    server.needs = basic(f"{USER}:{SECRET}")
    wheel = make(tmp_path, {MODULE: module()})
    serve_wheel(server, wheel.read_bytes(), wheel.name)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://{USER}:{QUOTED}@{server.host}/simple")
    server.pages["/simple/pkg/"] = server.pages["/simple/thing/"]
    code = main(["audit", "--json", "pkg==1.0", "--python", "3.11",
                 "--platform", "manylinux_2_28_x86_64"])  # fmt: skip
    out, err = capsys.readouterr()
    assert code in (0, 1), err
    assert json.loads(out)["wheels"][0]["file"] == wheel.name


def test_a_cache_that_cannot_be_written_is_a_usage_error(servers, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NPWHEEL_CACHE", str(tmp_path / "file" / "cache"))
    file = index.IndexFile("a.whl", "http://127.0.0.1:9/a", {"sha256": "0" * 64}, None, 0, 0, "")
    with pytest.raises(UsageError) as caught:
        download.wheel(file)
    assert "NPWHEEL_CACHE" in caught.value.next


TEXTS = [
    ("https://u:pass@h/simple", "https://****@h/simple"),
    ("https://u:pa/ss@h/s", "https://****@h/s"),
    ("https://u:p@ss@h/", "https://****@h/"),
    ("https://ghp_token@h/", "https://****@h/"),
    ("see 'https://u:p@h/' and \"https://v:q@i\"", "see 'https://****@h/' and \"https://****@i\""),
    ("https://h:8080/x@y", "https://h:8080/x@y"),
    ("git+https://example.org/a@v1", "git+https://example.org/a@v1"),
    ("https://h/@scope", "https://h/@scope"),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_user_names_and_passwords_of_urls_are_masked(text, expected):
    assert credentials.mask(text) == expected


def test_a_password_is_masked_without_its_url_too(monkeypatch):
    monkeypatch.setattr(credentials, "_found", set())
    monkeypatch.setenv("HTTPS_PROXY", "http://me:w%2Frd@proxy.example.org:3128")
    assert credentials.mask("401 for me with w/rd, w%2Frd") == "401 for me with ****, ****"
    assert credentials.mask_all({"a": ["w/rd", 1, None]}) == {"a": ["****", 1, None]}


def test_the_default_index_is_an_address():
    assert web.is_http(index._default())


def test_pip_configuration_counts(tmp_path, monkeypatch):
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://user:SECRETWORD@a.example.org/simple/\n"
        "extra-index-url =\n    https://b.example.org/simple\n    file:///nowhere\n"
    )
    for name in [*os.environ]:
        if name.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setattr(credentials, "_found", set())
    found = index.indexes()
    assert found[0] == index.Index("https://a.example.org/simple", "user:SECRETWORD")
    assert found[0].full_url == "https://user:SECRETWORD@a.example.org/simple"
    assert "https://b.example.org/simple" in [entry.url for entry in found]
    assert credentials.mask("SECRETWORD") == "****"


def test_settings_that_are_not_utf8_are_no_traceback(servers, monkeypatch, capsys):
    """Found by fuzzing: a password with a lone surrogate."""
    monkeypatch.setenv("HTTP_PROXY_OTHER", "http://user:secret\udc84word@example.org/")
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:secret\udc84word@127.0.0.1:9/\udc84")
    assert main(["audit", "thing==1.0"]) == 3
    assert "secret" not in capsys.readouterr().err
    assert index.main_index().full_url.startswith("http://user:secret%84word@")

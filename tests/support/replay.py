"""Run the shell steps of a workflow in order, with artifacts laid out as GitHub's actions do.

Steps run for real in bash; only what needs a site or an image is stood in for: actions, and the
programs that `stand_ins` names. Expressions are those that this project's workflows use.
"""

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from types import SimpleNamespace

import yaml

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_NAME = re.compile(r"(?<![\w'.])([a-z_]+(?:\.[\w-]+)+)(?![\w(])")


class Failed(Exception):
    """A step ended with another exit code than 0, or an action would refuse."""


class Replay:
    """One run of a workflow file.

    event: "push" or another; ref: refs/tags/v1.0; inputs: of the call; upload: (folder) publishes.
    artifacts stay in `store`, so that a second Replay there is a re-run.
    """

    def __init__(self, file, repository, place, *, ref, **more):
        self.file, self.repository, self.place = file, repository, place
        event, inputs = more.get("event", "push"), more.get("inputs")
        self.data = yaml.safe_load(file.read_text("utf-8"))
        given = (self.data.get(True) or {}).get("workflow_call") or {}
        defaults = {k: v.get("default", "") for k, v in (given.get("inputs") or {}).items()}
        self.store = place / "artifacts"
        self.store.mkdir(parents=True, exist_ok=True)
        self.upload = more.get("upload")
        self.stand_ins, self.called = more.get("stand_ins", {}), more.get("called", {})
        self.ran, self.failed, self.outputs = [], [], {}
        name = ref.removeprefix("refs/tags/").removeprefix("refs/heads/")
        self.context = {
            "github.event_name": event, "github.ref": ref, "github.ref_name": name,
            "github.repository": "someone/thing", "github.repository_owner": "someone",
            "github.event.repository.fork": False, "github.workflow": "w", "github.token": "t",
            "job.workflow_repository": "someone/npwheel", "job.workflow_sha": "0" * 40,
            **{f"vars.{k}": v for k, v in more.get("variables", {}).items()},
            **{f"inputs.{k}": v for k, v in {**defaults, **(inputs or {})}.items()},
        }  # fmt: skip

    def run(self, *, fail=()):
        """Run every job whose needs passed; `fail`: (job, words of the matrix) that do not."""
        done = {}
        jobs = dict(self.data["jobs"])
        while jobs:
            ready = [n for n, b in jobs.items() if all(need in done for need in needs(b))]
            assert ready, f"jobs wait for each other: {list(jobs)}"
            for name in ready:
                body = jobs.pop(name)
                done[name] = self._job(name, body, done, fail)
        return done

    def _job(self, name, body, done, fail):
        if any(done[need] != "success" for need in needs(body)):
            return "skipped"
        if "if" in body and not self.value(str(body["if"]), {}):
            return "skipped"
        if "uses" in body:
            inputs = {k: self.text(v, {}) for k, v in body.get("with", {}).items()}
            file = self.called[body["uses"].rpartition("/")[2].partition("@")[0]]
            inner = Replay(
                file, self.repository, self.place, ref=self.context["github.ref"],
                event=self.context["github.event_name"], inputs=inputs, upload=self.upload,
                stand_ins=self.stand_ins,
            )  # fmt: skip
            results = inner.run(fail=fail)
            self.ran += inner.ran
            self.failed += inner.failed
            return "success" if set(results.values()) == {"success"} else "failure"
        result = "success"
        for row in self._matrix(body):
            matrix = {f"matrix.{k}": v for k, v in row.items()}
            label = f"{name} {' '.join(map(str, row.values()))}".strip()
            self.ran.append(label)
            if any(name == job and word in row.values() for job, word in fail):
                self.failed.append(label)
                result = "failure"
                continue
            try:
                self._steps(name, label, body, matrix)
            except Failed as error:
                self.failed.append(f"{label}: {error}")
                result = "failure"
        return result

    def _matrix(self, body):
        matrix = body.get("strategy", {}).get("matrix")
        if matrix is None:
            return [{}]
        if isinstance(matrix, str):
            return self.value(_EXPRESSION.fullmatch(matrix)[1], {})["include"]
        ((key, values),) = matrix.items()
        return [{key: value} for value in values]

    def _steps(self, job, label, body, more):
        workspace = self.place / "workspaces" / re.sub(r"\W+", "-", label)
        shutil.rmtree(workspace, ignore_errors=True)
        workspace.mkdir(parents=True)
        for step in body.get("steps", []):
            if "if" in step and not self.value(str(step["if"]), more):
                continue
            if "uses" in step:
                self._action(step, workspace, more)
            else:
                self._shell(job, step, body, workspace, more)

    def _action(self, step, workspace, more):
        name = step["uses"].partition("@")[0]
        given = {k: self.text(v, more) for k, v in step.get("with", {}).items()}
        if name == "actions/checkout":
            target = workspace / given.get("path", ".")
            shutil.copytree(self.repository, target, dirs_exist_ok=True, symlinks=True)
        elif name == "actions/upload-artifact":
            self._keep(given["name"], workspace / given["path"], given)
        elif name == "actions/download-artifact":
            self._fetch(given, workspace / given["path"])
        elif name == "pypa/gh-action-pypi-publish":
            self.upload(workspace / given.get("packages-dir", "dist/"))
        else:
            assert name in ("actions/setup-python", "actions/attest"), name

    def _keep(self, name, path, given):
        there = self.store / name
        if not path.is_dir() or not any(path.iterdir()):
            if given.get("if-no-files-found") == "error":
                raise Failed(f"nothing to keep at {path.name}")
            return
        if there.exists():  # a re-run of the job replaces it; two jobs of one run may not
            raise Failed(f"an artifact {name} is there already")
        shutil.copytree(path, there)

    def _fetch(self, given, target):
        """One that matches is unpacked straight into the path, several into folders of theirs."""
        if "name" in given:
            found = [self.store / given["name"]]
            if not found[0].is_dir():
                raise Failed(f"no artifact {given['name']}")
        else:
            found = [
                p for p in sorted(self.store.iterdir()) if fnmatchcase(p.name, given["pattern"])
            ]
        for artifact in found:
            place = target if len(found) == 1 else target / artifact.name
            shutil.copytree(artifact, place, dirs_exist_ok=True)

    def _shell(self, job, step, body, workspace, more):
        env = {**self.data.get("env", {}), **body.get("env", {}), **step.get("env", {})}
        env = {k: self.text(v, more) for k, v in env.items()}
        output = workspace.parent / f"{workspace.name}.output"
        output.write_text("")
        programs = workspace.parent / "programs"
        programs.mkdir(exist_ok=True)
        for name, script in self.stand_ins.items():
            (programs / name).write_text(f"#!{sys.executable}\n{script}")
            (programs / name).chmod(0o755)
        path = os.pathsep.join(
            [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
        )
        env = {
            **os.environ, **env, "PATH": path, "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(workspace.parent / "summary"),
        }  # fmt: skip
        folder = workspace / step.get("working-directory", ".")
        command = [
            "bash",
            "--noprofile",
            "--norc",
            "-eo",
            "pipefail",
            "-c",
            self.text(step["run"], more),
        ]
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Failed(
                f"{step['run']}: {done.returncode}: {done.stdout[-600:]}{done.stderr[-900:]}"
            )
        for line in output.read_text().splitlines():
            key, _, value = line.partition("=")
            for name in (f"needs.{job}.outputs.{key}", f"steps.{step.get('id')}.outputs.{key}"):
                self.outputs[name] = value

    def text(self, value, more):
        """A value of the workflow with its expressions replaced."""
        return _EXPRESSION.sub(lambda m: plain(self.value(m[1], more)), str(value))

    def value(self, expression, more):
        """An expression of GitHub, evaluated as Python."""
        known = {**self.context, **self.outputs, **more}
        names = SimpleNamespace(found=[])

        def replaced(match):
            names.found.append(known.get(match[1], ""))
            return f"_[{len(names.found) - 1}]"

        python = _NAME.sub(replaced, expression.replace("${{", "").replace("}}", ""))
        python = python.replace("&&", " and ").replace("||", " or ")
        python = " ".join(re.sub(r"!(?!=)", " not ", python).split())
        functions = {
            "_": names.found, "startsWith": lambda a, b: a.startswith(b), "always": lambda: True,
            "contains": lambda a, b: b in a, "fromJSON": yaml.safe_load, "true": True,
            "false": False, "failure": lambda: False,
        }  # fmt: skip
        return eval(python, {"__builtins__": {}}, functions)  # our own files, no one else's


def needs(body):
    """The jobs that a job waits for."""
    found = body.get("needs", [])
    return [found] if isinstance(found, str) else found


def plain(value):
    """As GitHub writes a value into text."""
    return str(value).lower() if isinstance(value, bool) else str(value)

"""A wheel built from the tree holds everything that running needs: installed elsewhere, it runs a script."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "samples" / "views.tsh"

pytestmark = pytest.mark.slow


def call(*words: str | Path, cwd: Path) -> str:
    """Runs a command far from the tree and from whatever this environment would lend it."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(list(words), cwd=cwd, env=env, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    (path,) = folder.glob("tensorsh-*.whl")
    return path


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with the wheel and what it depends on; the path of its programs."""
    folder = tmp_path_factory.mktemp("environment")
    call(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    call(sys.executable, "-m", "pip", "--python", programs / "python", "install", "-qq", wheel, cwd=folder)
    return programs


def test_the_wheel_holds_the_package_alone(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    folders = {name.partition("/")[0] for name in names}
    assert folders == {"tensorsh", wheel.name.rpartition("-py3")[0] + ".dist-info"}
    here = {str(path.relative_to(ROOT)) for path in (ROOT / "tensorsh").rglob("*.py")}
    assert here <= set(names)


def test_the_installed_command_runs_a_script(environment: Path, tmp_path: Path) -> None:
    assert call(environment / "tensorsh", "run", SAMPLE, cwd=tmp_path) == SAMPLE.with_suffix(".out").read_text("utf-8")


def test_the_installed_package_is_the_installed_one(environment: Path, tmp_path: Path) -> None:
    code = "import tensorsh; print(tensorsh.__file__); print(tensorsh.Session().run('ones(2) + 1'), end='')"
    where, text = call(environment / "python", "-c", code, cwd=tmp_path).splitlines()
    assert Path(where).is_relative_to(environment.parent)
    assert text == "tensor([2., 2.])"

"""Form: YAML and shell."""

from __future__ import annotations

from tests.deploy.tools import DEPLOY, ROOT, clean

_RULES = (
    "{extends: default, rules: {line-length: disable, document-start: disable,"
    " braces: {max-spaces-inside: 0}, truthy: {check-keys: false},"
    " comments: {min-spaces-from-content: 1},"
    " indentation: {indent-sequences: whatever}}}"
)


def test_yamllint_has_nothing_to_say() -> None:
    files = [
        path
        for pattern in ("*.yml", "*.yaml")
        for path in sorted(DEPLOY.rglob(pattern))
        # Templates are YAML once Helm has rendered them.
        if "templates" not in path.parts and not path.is_symlink()
    ]
    assert len(files) > 10
    assert clean("yamllint", "--strict", "-d", _RULES, *files) == ""


def test_shellcheck_has_nothing_to_say() -> None:
    scripts = [ROOT / ".ci" / "run", *sorted(DEPLOY.rglob("*.sh"))]
    assert len(scripts) > 1
    assert clean("shellcheck", *scripts) == ""

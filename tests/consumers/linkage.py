#!/usr/bin/env python3
"""What the three ways to compile the library's bodies promise (include/cellos/core/config.hpp):

  * all of them make the same functions, and the shared library exports these and nothing else but the
    types of its classes with virtual functions; what is linked statically is exported by no library
    that it is linked into;
  * sources that chose differently don't link;
  * where the bodies are compiled elsewhere, no heavy header reaches a user's source.

linkage.py --compiler COMPILER --library LIBCELLOS.SO [--openssl-library LIBCELLOS_OPENSSL.SO]
           [--static-library LIBCELLOS.A]
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INCLUDE = ROOT / "include"
DOORS = ["cellos/cellos.hpp", "cellos/core.hpp", "cellos/json.hpp", "cellos/supervisor.hpp",
         "cellos/host/gvisor.hpp", "cellos/host/prewarmed.hpp", "cellos/host/stub.hpp"]
OPENSSL_DOORS = ["cellos/openssl/sha256.hpp", "cellos/openssl/ed25519.hpp", "cellos/openssl/signed.hpp"]
HEAVY = re.compile(r"/(nlohmann|boost|openssl)/")
SEPARATE = ["-DCELLOS_SEPARATE_COMPILATION"]
COMPILED = ["-DCELLOS_COMPILED"]


class Compiler:
    def __init__(self, program, folder):
        self.program, self.folder, self.count = program, folder, 0

    def run(self, *options):
        return subprocess.run([self.program, "-std=c++20", f"-I{INCLUDE}", *map(str, options)],
                              capture_output=True, text=True)

    def object(self, text, *options):
        """Compiles TEXT; ends the program if that fails."""
        self.count += 1
        source = self.folder / f"{self.count}.cpp"
        source.write_text(text)
        done = self.run("-c", source, "-o", source.with_suffix(".o"), *options)
        if done.returncode != 0:
            sys.exit(f"{text}does not compile with {' '.join(options) or 'no options'}:\n{done.stderr}")
        return source.with_suffix(".o")


def symbols(path, kinds, *options):
    """The names of defined symbols of these kinds, without what tells the ways apart."""
    listed = subprocess.run(["nm", "--defined-only", "--demangle", *options, path], check=True,
                            capture_output=True, text=True).stdout
    names = set()
    for line in listed.splitlines():
        _, kind, name = line.split(" ", 2)
        if kind in kinds:
            names.add(re.sub(r"\bv0::(compiled|separate)::", "v0::", name))
    return names


def some(names):
    return "".join(f"\n    {name}" for name in sorted(names)[:10])


def wrong_symbols(compiler, library):
    bodies = "#include <cellos/src.hpp>\n"
    exported = symbols(library, "T", "--dynamic")
    separate = symbols(compiler.object(bodies, *SEPARATE), "T")
    header_only = symbols(compiler.object(bodies, "-fkeep-inline-functions"), "W")
    if not exported:
        yield "the shared library exports nothing"
    for title, names in (
            ("the shared library exports what is no function of cellos",
             {name for name in exported if not re.match(r"(\S+ )?cellos::", name)}),
            ("the shared library lacks what separate compilation has", separate - exported),
            ("the shared library has what separate compilation lacks", exported - separate),
            ("header-only lacks what the shared library has", exported - header_only)):
        if names:
            yield f"{title}: {some(names)}"


def wrong_visibility(library):
    listed = subprocess.run(["readelf", "--symbols", "--wide", "--demangle", library], check=True,
                            capture_output=True, text=True).stdout
    # Number, value, size, type, binding, visibility, section and name of each.
    visibility = {name: how for how, name in re.findall(
        r"^ +\d+: \w+ +\d+ FUNC +(?:GLOBAL|WEAK) +(\w+) +\d+ (.*\bcellos::.*)$", listed, re.M)}
    if not visibility or set(visibility.values()) != {"HIDDEN"}:
        yield f"{library} does not hide {some(name for name, how in visibility.items() if how != 'HIDDEN')}"


def wrong_types(libraries):
    declared = "".join(header.read_text() for header in INCLUDE.rglob("*.hpp"))
    polymorphic = {a or b for a, b in re.findall(r"virtual ~(\w+)|~(\w+)\(\) override", declared)}
    if not polymorphic:
        yield "no header has a class with virtual functions"
    for library in libraries:
        made, exported = ({name for name in symbols(library, "VvRrDd", *options)
                           if re.match("typeinfo for cellos::", name) and name.split("::")[-1] in polymorphic}
                          for options in ([], ["--dynamic"]))
        if made != exported or not made:
            yield f"{library} does not export {some(made - exported) or 'any type'}"


def wrong_mixtures(compiler):
    declared = "#include <cellos/cellos.hpp>\nvoid use(const cellos::ExecutionCellDocument& document);\n"
    definition = declared + "void use(const cellos::ExecutionCellDocument&) {}\n"
    call = declared + "int main() { use({}); }\n"
    for one, other in ((), COMPILED), ((), SEPARATE), (COMPILED, SEPARATE):
        linked = compiler.run(compiler.object(definition, *one), compiler.object(call, *other),
                              "-o", compiler.folder / "mixed")
        if linked.returncode == 0:
            yield f"a source compiled with {one} links with one compiled with {other}"
        elif "use(cellos::v0::" not in linked.stderr:
            yield f"{one} and {other} do not link for another reason:\n{linked.stderr}"
    both = compiler.run("-fsyntax-only", "-xc++", *COMPILED, *SEPARATE, INCLUDE / "cellos/core/config.hpp")
    if "either link cellos::compiled or define CELLOS_SEPARATE_COMPILATION" not in both.stderr:
        yield "both ways at once are no error"


def wrong_includes(compiler):
    for door in DOORS + OPENSSL_DOORS:
        for way in COMPILED, SEPARATE:
            listed = compiler.run("-M", "-xc++", *way, INCLUDE / door)
            heavy = [word for word in listed.stdout.split() if HEAVY.search(word) and "cellos" not in word]
            if listed.returncode != 0 or heavy:
                yield f"<{door}> with {way[0]} includes {some(heavy) or listed.stderr}"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--library", type=pathlib.Path, required=True)
    parser.add_argument("--openssl-library", type=pathlib.Path)
    parser.add_argument("--static-library", type=pathlib.Path)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        compiler = Compiler(options.compiler, pathlib.Path(folder))
        wrong = [*wrong_symbols(compiler, options.library),
                 *wrong_types(filter(None, [options.library, options.openssl_library])),
                 *(wrong_visibility(options.static_library) if options.static_library else ()),
                 *wrong_mixtures(compiler), *wrong_includes(compiler)]
    for line in wrong:
        print(line)
    print(f"{len(symbols(options.library, 'T', '--dynamic'))} functions exported, {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

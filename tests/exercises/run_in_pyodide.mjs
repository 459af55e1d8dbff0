// Runs a Python script with NumPy in a full Pyodide: node run_in_pyodide.mjs FOLDER SCRIPT ARGUMENT…
// Python sees the files of this machine below /host, and imports what is in the current folder.
const [folder, ...words] = process.argv.slice(2);
const { loadPyodide } = await import(`${folder}/pyodide.mjs`);
const python = await loadPyodide({ indexURL: folder, packageCacheDir: folder });
await python.loadPackage("numpy", { messageCallback: () => {} });
python.mountNodeFS("/host", "/");
python.globals.set("words", python.toPy(words.map((word) => "/host" + word)));
python.globals.set("here", "/host" + process.cwd());
python.runPython(`
import runpy
import sys

sys.argv = words
sys.path.insert(0, here)
runpy.run_path(words[0], run_name="__main__")
`);

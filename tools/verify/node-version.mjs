/** Stops with a sentence where Node is too old to run Outrider; written to run on any Node that knows modules. */
const oldest = { major: 20, minor: 19 };
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < oldest.major || (major === oldest.major && minor < oldest.minor)) {
  console.error(`Outrider needs Node ${oldest.major}.${oldest.minor} or newer; this is Node ${process.versions.node}.`);
  process.exit(1);
}

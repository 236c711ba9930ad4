// node src/bundle.mjs [--installed] [DIRECTORY]: bundles each program into one file, since what is installed has no
// node_modules; into dist/ unless told otherwise. The library is not installed: it is index.mjs, with the templates in it. Plain JavaScript, because it runs before anything is built.
import { chmod, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { installed: { type: 'boolean', default: false } },
})
const [outdir = 'dist'] = positionals
const { version } = JSON.parse(await readFile('package.json', 'utf8'))

/** Program → entry point. */
const installed = {
  pktw: 'src/cli/main.ts',
  'pktw-gen': 'src/gen/main.ts',
  'pktw-probe': 'src/hooks/probe.ts',
  'pktw-hook': 'src/hooks/main.ts',
  'pktw-engine': 'src/engine/main.ts',
  pktwd: 'src/daemon/main.ts',
  'pktw-session': 'src/session/main.ts',
}
/** What only the checkout uses. */
const laboratory = {
  index: 'src/library/index.ts',
  'lab/lab': 'test/lab/main.ts',
  'lab/demo': 'test/lab/demo.ts',
  'lab/agent': 'test/lab/agent.ts',
  'lab/ctl': 'test/lab/ctl.ts',
  'lab/bare-root': 'test/lab/bare-root.ts',
}

// Every scenario is a program's part of its own: the lab finds them in lab/scenarios when it runs.
for (const folder of ['test/lab/scenarios', 'bench']) {
  for (const file of await readdir(folder)) {
    if (file.endsWith('.scenario.ts'))
      laboratory[`lab/scenarios/${file.replace(/\.ts$/, '')}`] = `${folder}/${file}`
  }
}

/** For the library, which reads no files. */
async function templateTexts() {
  const names = (await readdir('templates', { recursive: true }))
    .filter((name) => name.endsWith('.hbs'))
    .sort()
  const texts = await Promise.all(names.map((name) => readFile(`templates/${name}`, 'utf8')))
  return Object.fromEntries(names.map((name, i) => [name.slice(0, -'.hbs'.length), texts[i]]))
}

/** Whose licence stands in which file. Throws where there is none: nothing is bundled whose terms are not passed on. */
async function licenceOf(directory) {
  const { name, version, license } = JSON.parse(await readFile(`${directory}/package.json`, 'utf8'))
  const file = (await readdir(directory)).sort().find((f) => /^(licen[cs]e|copying)\b(?!.*\.js$)/i.test(f))
  if (file === undefined || typeof license !== 'string')
    throw new Error(`${directory} does not say its licence`)
  const text = (await readFile(`${directory}/${file}`, 'utf8')).replace(/\r\n/g, '\n').trim()
  return { name, version, license, text: `${text}\n` }
}

/** Ours first, then those of the packages that are in the installed programs, by name. */
async function licences(outputs) {
  const sources = Object.entries(outputs)
    .filter(([file]) => Object.keys(installed).some((name) => file.endsWith(`/${name}.mjs`)))
    .flatMap(([, output]) => Object.entries(output.inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1])
  const directories = [...new Set(sources.filter((directory) => directory !== undefined))]
  const found = await Promise.all(directories.map(licenceOf))
  // npm may have a package twice.
  const byName = new Map(found.map((licence) => [`${licence.name} ${licence.version}`, licence]))
  const names = [...byName.keys()].sort()
  return [await licenceOf('.'), ...names.map((name) => byName.get(name))]
}

/**
 * dbus-next reads and writes introspection data with these, which nothing of ours has it do: src/bus/ has interfaces as tables.
 * So no parser of XML is installed.
 */
const withoutXml = {
  name: 'without-xml',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^fast-xml-(parser|builder)$/ }, ({ path }) => ({ path, namespace: 'without-xml' }))
    onLoad({ filter: /./, namespace: 'without-xml' }, () => ({
      contents:
        "class None { parse() { throw new Error('pktw has no XML') }; build = this.parse }\nexport { None as XMLParser, None as default }",
    }))
  },
}

const programs = values.installed ? installed : { ...installed, ...laboratory }
const entries = Object.entries(programs)
await rm(outdir, { recursive: true, force: true })
const { metafile } = await build({
  metafile: true,
  plugins: [withoutXml],
  entryPoints: entries.map(([out, source]) => ({ in: source, out })),
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  define: { PKTW_VERSION: JSON.stringify(version), PKTW_TEMPLATES: JSON.stringify(await templateTexts()) },
  // CommonJS dependencies call require() for Node's own modules; an ES module has none of its own.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as __pktwRequire } from 'node:module';const require = __pktwRequire(import.meta.url);",
  },
})
for (const [out] of entries) await chmod(`${outdir}/${out}.mjs`, 0o755)
await cp('templates', `${outdir}/templates`, { recursive: true })
// For packages, and whoever asks.
await writeFile(`${outdir}/licences.json`, `${JSON.stringify(await licences(metafile.outputs), null, 2)}\n`)

// node bench/gen.mjs [COUNT]: pktw-gen beside netplan and Jinja2, in one run on one machine, as ratios. After npm run build.
// Cold: one program from its start to files on the disk, median of 7. Many: COUNT settings files (10,000) in one process, each
// read as YAML and made into all its files, as texts; netplan has COUNT files with one interface each, and writes.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const count = Number(process.argv[2] ?? 10_000)
const rounds = 7
const dist = path.resolve('dist')
const room = mkdtempSync(path.join(tmpdir(), 'pktw-bench-'))
const { generate } = await import(pathToFileURL(path.join(dist, 'index.mjs')).href)

const has = (program, ...argv) => spawnSync(program, argv, { stdio: 'ignore' }).error === undefined
const python = has('python3', '--version') && spawnSync('python3', ['-c', 'import jinja2, yaml']).status === 0
const netplan = has('netplan', 'info')
if (!python) console.log('left out: python3 with jinja2 and yaml (packages python3-jinja2, python3-yaml)')
if (!netplan) console.log('left out: netplan (package netplan.io)')

const settingsOf = (i) =>
  `device: { group: g${i}, mode: 0660 }\nmount: { where: /srv/disc${i}/x, slots: ${1 + (i % 4)} }\nwrite: { after: ${1 + (i % 600)} }\n`

/** The files for settingsOf(i) as Jinja2 templates: what depends on the settings taken out again. */
const first = generate({ settings: settingsOf(7).replace('slots: 4', 'slots: 1') })
const jinja = first.value.files.map(({ path: file, text }) => ({
  path: file,
  text: text
    .replaceAll('{', "{{ '{' }}")
    .replaceAll('/srv/disc7/x', '{{ mount.where }}')
    .replaceAll('srv-disc7-x', '{{ unit }}')
    .replaceAll('"g7"', '"{{ device.group }}"')
    .replaceAll(/\bg7\b/g, '{{ device.group }}'),
}))
writeFileSync(path.join(room, 'templates.json'), JSON.stringify(jinja))
const settings = Array.from({ length: count }, (_, i) => settingsOf(i))
writeFileSync(path.join(room, 'settings.json'), JSON.stringify(settings))
writeFileSync(
  path.join(room, 'render.py'),
  `import json, os, sys, time, yaml, jinja2
room, out = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
env = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
templates = [(t['path'], env.from_string(t['text'])) for t in json.load(open(room + '/templates.json'))]
settings = json.load(open(room + '/settings.json'))
if out: settings = settings[:1]
begin = time.perf_counter(); size = 0
for text in settings:
    data = yaml.load(text, Loader=yaml.CSafeLoader)
    data['unit'] = data['mount']['where'].strip('/').replace('/', '-')
    for path, template in templates:
        made = template.render(data); size += len(made)
        if out:
            os.makedirs(os.path.dirname(out + path), exist_ok=True)
            open(out + path, 'w').write(made)
print(json.dumps({'seconds': time.perf_counter() - begin, 'bytes': size}))
`,
)

const interfaces = (directory, many) => {
  mkdirSync(path.join(directory, 'etc/netplan'), { recursive: true })
  for (let i = 0; i < many; i++)
    writeFileSync(
      path.join(directory, `etc/netplan/${String(i).padStart(5, '0')}.yaml`),
      `network: { version: 2, bridges: { br${i}: { addresses: [10.${(i >> 8) & 255}.${i & 255}.1/24] } } }\n`,
      { mode: 0o600 },
    )
}

function timed(program, argv) {
  const begin = performance.now()
  const { status, stderr } = spawnSync(program, argv, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')}: ${stderr}`)
  return (performance.now() - begin) / 1000
}
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

try {
  const settingsFile = path.join(room, 'one.yaml')
  writeFileSync(settingsFile, settingsOf(7))
  const ways = {
    'pktw-gen tree': () =>
      timed(process.execPath, [
        path.join(dist, 'pktw-gen.mjs'),
        'tree',
        '--destdir',
        path.join(room, 'out'),
        '--config',
        settingsFile,
      ]),
    ...(netplan
      ? { 'netplan generate': () => timed('netplan', ['generate', '--root-dir', path.join(room, 'net1')]) }
      : {}),
    ...(python
      ? { Jinja2: () => timed('python3', [path.join(room, 'render.py'), room, path.join(room, 'pyout')]) }
      : {}),
    'node, nothing': () => timed(process.execPath, ['-e', '']),
  }
  if (netplan) interfaces(path.join(room, 'net1'), 1)
  const cold = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of Object.entries(ways)) cold[name].push(run())
  const ours = median(cold['pktw-gen tree'])
  console.log('\n| cold start | ms | pktw-gen is |\n| --- | ---: | ---: |')
  for (const [name, times] of Object.entries(cold))
    console.log(`| ${name} | ${Math.round(median(times) * 1000)} | ${(ours / median(times)).toFixed(2)} × |`)

  const begin = performance.now()
  let bytes = 0
  for (const text of settings)
    for (const file of generate({ settings: text }).value.files) bytes += file.text.length
  const many = { 'pktw, generate()': { seconds: (performance.now() - begin) / 1000, bytes } }
  if (python)
    many.Jinja2 = JSON.parse(
      spawnSync('python3', [path.join(room, 'render.py'), room], { encoding: 'utf8' }).stdout,
    )
  if (netplan) {
    interfaces(path.join(room, 'net'), count)
    many['netplan generate'] = {
      seconds: timed('netplan', ['generate', '--root-dir', path.join(room, 'net')]),
      bytes: undefined,
    }
    const made = readdirSync(path.join(room, 'net/run'), { recursive: true }).length
    if (made < count) throw new Error(`netplan made ${made} files`)
  }
  const own = many['pktw, generate()'].seconds
  console.log(`\n| ${count} settings files | s | MB | pktw takes |\n| --- | ---: | ---: | ---: |`)
  for (const [name, { seconds, bytes: size }] of Object.entries(many))
    console.log(
      `| ${name} | ${seconds.toFixed(1)} | ${size === undefined ? '' : Math.round(size / 1e6)} | ${(own / seconds).toFixed(2)} × |`,
    )
} finally {
  rmSync(room, { recursive: true, force: true })
}

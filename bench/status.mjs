// node bench/status.mjs [REVISION] [ROUNDS]: what a question for the status and a save of the disc's record cost on a disc of 100 GB, as it was
// at REVISION (default HEAD~1) and as it is in the working tree, turn by turn, in the engine's kind of process (--jitless).
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** In packets of 64 KiB. */
const disc = { medium: 'bd-re', blocks: 48_878_592, packetBlocks: 32 }
const packets = disc.blocks / disc.packetBlocks
/** Packets written between two saves: 32 MiB, side by side. */
const written = 512

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** Bytes that this process has handed to write(2) and its like. */
const bytesWritten = () => Number(/^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])

/** In a process of its own: argv is the bundle and a directory. Prints one JSON object. */
async function measure(bundle, dir) {
  const { DiscRecord } = await import(pathToFileURL(bundle).href)
  const record = await DiscRecord.open(dir, 'id', disc)
  // Until status.sock answered at once the counts were the engine's, and handed in at each question.
  const now = { writes: new Uint32Array(packets), packetsWritten: 0 }
  const isKept = typeof record.packetWritten === 'function'
  const write = (packet) => {
    if (isKept) record.packetWritten(packet)
    else now.writes[packet]++
    now.packetsWritten++
  }
  const wear = () => (isKept ? record.wear : record.wear(now))
  for (let packet = 0; packet < written; packet++) write(packet)
  await record.save(now)
  for (let packet = 0; packet < written; packet++) write(70_000 + packet)
  const asked = []
  for (let question = 0; question < 11; question++) {
    const began = performance.now()
    wear()
    asked.push(performance.now() - began)
  }
  const before = bytesWritten()
  const began = performance.now()
  await record.save(now)
  const saved = performance.now() - began
  console.log(JSON.stringify({ asked: median(asked), saved, bytes: bytesWritten() - before }))
}

async function compare(revision, rounds) {
  const { build } = await import('esbuild')
  const dir = mkdtempSync(path.join(tmpdir(), 'pktw-bench-'))
  try {
    mkdirSync(`${dir}/old`)
    const archive = execFileSync('git', ['archive', revision, 'src'], { maxBuffer: 1 << 28 })
    execFileSync('tar', ['x', '-C', `${dir}/old`], { input: archive })
    const results = { old: [], new: [] }
    for (const [name, root] of [
      ['old', `${dir}/old`],
      ['new', '.'],
    ])
      await build({
        entryPoints: [`${root}/src/engine/disc-record.ts`],
        outfile: `${dir}/${name}.mjs`,
        nodePaths: [path.resolve('node_modules')],
        ...{ bundle: true, platform: 'node', format: 'esm' },
      })
    for (let round = 0; round < rounds; round++)
      for (const name of ['old', 'new']) {
        const argv = ['--jitless', '--no-warnings', fileURLToPath(import.meta.url), '--measure']
        const records = mkdtempSync(path.join(dir, 'records-'))
        const text = execFileSync(process.execPath, [...argv, `${dir}/${name}.mjs`, records], {
          stdio: ['ignore', 'pipe', 'ignore'],
        })
        results[name].push(JSON.parse(text.toString()))
      }
    console.log(`| 100 GB, median of ${rounds} | ${revision} | now | ratio |`)
    console.log('| --- | ---: | ---: | ---: |')
    for (const [what, key, digits] of [
      ['wear for one status, ms', 'asked', 3],
      ['save of the record, ms', 'saved', 1],
      ['save of the record, bytes', 'bytes', 0],
    ]) {
      const [before, now] = ['old', 'new'].map((name) => median(results[name].map((one) => one[key])))
      console.log(
        `| ${what} | ${before.toFixed(digits)} | ${now.toFixed(digits)} | ${(now / before).toPrecision(2)} |`,
      )
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const [first, ...rest] = process.argv.slice(2)
if (first === '--measure') await measure(...rest)
else await compare(first ?? 'HEAD~1', Number(rest[0] ?? 5))

// node bench/engine.mjs [REVISION] [ROUNDS]: the whole engine over a drive without latency, as it was at REVISION (default HEAD~1) and as it is in
// the working tree, turn by turn, interpreted as it runs (--jitless). The drive, the client and the journal's disk are in both, so what
// counts is the ratio.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

const [revision = 'HEAD~1', rounds = '5'] = process.argv.slice(2)
const dir = mkdtempSync(path.join(tmpdir(), 'pktw-bench-'))
try {
  mkdirSync(`${dir}/old/bench`, { recursive: true })
  const archive = execFileSync('git', ['archive', revision, 'src', 'test/drive', 'test/nbd'], {
    maxBuffer: 1 << 28,
  })
  execFileSync('tar', ['x', '-C', `${dir}/old`], { input: archive })
  copyFileSync('bench/engine.ts', `${dir}/old/bench/engine.ts`)
  const results = { old: [], new: [] }
  for (const [name, root] of [
    ['old', `${dir}/old`],
    ['new', '.'],
  ])
    await build({
      entryPoints: [`${root}/bench/engine.ts`],
      outfile: `${dir}/${name}.mjs`,
      nodePaths: [path.resolve('node_modules')],
      define: { PKTW_VERSION: '"bench"' },
      // CommonJS dependencies call require(), which an ES module has not.
      banner: {
        js: "import { createRequire as __r } from 'node:module';const require = __r(import.meta.url);",
      },
      ...{ bundle: true, platform: 'node', format: 'esm' },
    })
  for (let round = 0; round < Number(rounds); round++)
    for (const name of ['old', 'new']) {
      const argv = ['--jitless', '--no-warnings', '--max-semi-space-size=1', `${dir}/${name}.mjs`]
      const text = execFileSync(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
      results[name].push(JSON.parse(text.toString()))
    }
  console.log(`| DVD+RW, median of ${rounds} | ${revision} | now | ratio |`)
  console.log('| --- | ---: | ---: | ---: |')
  for (const [what, key, digits] of [
    ['written, MiB/s', 'write', 0],
    ['read, MiB/s', 'read', 0],
    ['CPU for a MiB written, ms', 'cpuPerMiB', 2],
    ['resident before anything is written, MiB', 'idle', 0],
    ['resident at most, MiB', 'most', 0],
    ['packets written for each dirtied', 'perDirtied', 2],
  ]) {
    const [before, now] = ['old', 'new'].map((name) => median(results[name].map((one) => one[key])))
    const ratio = (now / before).toPrecision(2)
    console.log(`| ${what} | ${before.toFixed(digits)} | ${now.toFixed(digits)} | ${ratio} |`)
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}

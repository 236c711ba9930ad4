// The CLI as a user has it: one bundled file, its neighbours beside it, run as a process of its own.
import { cpSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'
import { run } from '../../src/system/run.ts'
import { temporaryRoot } from '../steps/tree.ts'

/** Neighbours whose contents do not matter to the CLI. */
const neighbours = ['pktw-gen.mjs', 'pktw-probe.mjs', 'pktw-hook.mjs', 'pktw-engine.mjs']

/** Bundles as src/bundle.mjs does, into a directory of its own; gives the path of pktw.mjs. */
export async function bundleCli(): Promise<string> {
  const directory = temporaryRoot()
  await build({
    entryPoints: [{ in: 'src/cli/main.ts', out: 'pktw' }],
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    define: { PKTW_VERSION: '"1.2.3"' },
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as __pktwRequire } from 'node:module';const require = __pktwRequire(import.meta.url);",
    },
  })
  for (const name of neighbours)
    writeFileSync(path.join(directory, name), `#!/usr/bin/env node\n// ${name}\n`)
  cpSync('templates', path.join(directory, 'templates'), { recursive: true })
  return path.join(directory, 'pktw.mjs')
}

export const runCli = (program: string, ...argv: string[]) => run(process.execPath, [program, ...argv])

// node bench/stream.mjs: bundles bench/stream.ts and runs it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const folder = mkdtempSync(path.join(tmpdir(), 'pktw-stream-'))
const outfile = path.join(folder, 'stream.mjs')
try {
  await build({
    entryPoints: ['bench/stream.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    define: { PKTW_VERSION: '"bench"' },
    // CommonJS dependencies call require(), which an ES module has not.
    banner: {
      js: "import { createRequire as __r } from 'node:module';const require = __r(import.meta.url);",
    },
  })
  await import(pathToFileURL(outfile).href)
} finally {
  rmSync(folder, { recursive: true })
}

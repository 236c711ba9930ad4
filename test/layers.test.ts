// Layers by permission (docs/architecture.md): a folder of src/ imports only from folders above it in this list,
// and only the files named here touch the machine.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'

const layers = [
  'diagnostics',
  'settings',
  'media',
  'mmc',
  'udf',
  'packet',
  'nbd',
  'render',
  'artifacts',
  'library',
  'system',
  'verify',
  'steps',
  'disc',
  'doctor',
  'bus',
] as const
const edges = ['engine', 'hooks', 'session', 'cli', 'gen', 'daemon']

/** Files outside system/ and the edges that may import node:* modules which touch the machine, and which. */
const touches: Record<string, string[]> = {
  // The socket of an engine, which anybody may ask; the path of the program that runs.
  'src/disc/engine-status.ts': ['node:net'],
  'src/disc/compiled-settings.ts': ['node:url'],
  'src/mmc/sg.ts': ['node:fs/promises', 'node:fs'],
  'src/nbd/server.ts': ['node:net'],
  // A directory of its own, for tools that read files.
  'src/verify/room.ts': ['node:fs/promises', 'node:os'],
  'src/render/templates.ts': ['node:fs', 'node:path', 'node:url'],
}
/** Modules that only compute. */
const harmless = new Set([
  'node:path',
  'node:crypto',
  'node:events',
  'node:stream',
  'node:util',
  'node:buffer',
  'node:zlib',
])

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((f) => f.endsWith('.ts'))
  .map((f) => path.join('src', f))

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((m) => m[1] as string)

test('there are sources to look at', () => expect(files.length).toBeGreaterThan(10))

describe.each(files)('%s', (file) => {
  const folder = file.split(path.sep)[1] as string
  const rank = layers.indexOf(folder as (typeof layers)[number])
  test('is in a known folder', () => expect([...layers, ...edges]).toContain(folder))
  test('imports only from above', () => {
    for (const name of importsOf(file).filter((i) => i.startsWith('.'))) {
      const target = path.normalize(path.join(path.dirname(file), name)).split(path.sep)
      expect(target[0], `${file} imports ${name}`).toBe('src')
      const to = target[1] as string
      if (to === folder) continue
      const toRank = layers.indexOf(to as (typeof layers)[number])
      expect(toRank, `${file} imports ${name}: an edge is not a library`).toBeGreaterThanOrEqual(0)
      if (rank >= 0) expect(toRank, `${file} imports ${name}, which is below it`).toBeLessThan(rank)
    }
  })
  test('touches only what its layer may', () => {
    if (rank < 0 || folder === 'system') return
    const allowed = new Set([...harmless, ...(touches[file] ?? [])])
    const found = importsOf(file).filter((i) => i.startsWith('node:') || i === 'execa')
    expect(found.filter((i) => !allowed.has(i))).toEqual([])
  })
})

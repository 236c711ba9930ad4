// Man pages as packages have them: compressed, by whichever program the distribution likes.
import { gunzipSync } from 'node:zlib'
import type { System } from '../system/system.ts'

/** Ending → program that unpacks from standard input; gzip is Node's own. */
const packers: readonly (readonly [ending: string, program: string | undefined])[] = [
  ['.gz', undefined],
  ['.bz2', 'bzip2'],
  ['.xz', 'xz'],
  ['.zst', 'zstd'],
]

type Unpacked = { path: string; mode: number } & ({ text: string } | { damaged: string })

/** Why it cannot be read as well: as the end of "it is a …". */
async function unpack(
  system: System,
  bytes: Buffer,
  program: string | undefined,
): Promise<{ text: string } | { damaged: string }> {
  if (program === undefined)
    try {
      return { text: gunzipSync(bytes).toString('utf8') }
    } catch (error) {
      return { damaged: `damaged file (${(error as Error).message})` }
    }
  const result = await system.run(program, ['-dc'], { input: bytes })
  if (result.code === 127) return { damaged: `file that ${program} unpacks, which is not installed` }
  return result.code === 0
    ? { text: `${result.stdout}\n` }
    : { damaged: `damaged file (${result.stderr.split('\n')[0]})` }
}

/** The page as it is installed compressed, undefined when it is not. Rejects as System does. */
export async function readPacked(system: System, page: string): Promise<Unpacked | undefined> {
  for (const [ending, program] of packers) {
    const path = `${page}${ending}`
    const entry = await system.inspect(path)
    const bytes = entry.kind === 'file' ? await system.read(path) : undefined
    if (entry.kind === 'file' && bytes !== undefined)
      return { path, mode: entry.mode, ...(await unpack(system, bytes, program)) }
  }
  return undefined
}

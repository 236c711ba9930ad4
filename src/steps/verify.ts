// Looks on disk for what a plan was to bring about.
import type { System } from '../system/system.ts'
import { fstabText, hasLine } from './fstab.ts'
import { sha256 } from './manifest.ts'
import type { Expected } from './step.ts'

async function fulfilled(system: System, expected: Expected): Promise<boolean> {
  const entry = await system.inspect(expected.path)
  switch (expected.is) {
    case 'file': {
      if (entry.kind !== 'file' || (expected.mode !== undefined && entry.mode !== expected.mode)) return false
      const bytes = await system.read(expected.path)
      return bytes !== undefined && sha256(bytes) === expected.sha256
    }
    case 'symlink':
      return entry.kind === 'symlink' && entry.target === expected.target
    case 'directory':
      return entry.kind === 'directory' || (await system.isDirectory(expected.path))
    case 'absent':
      return entry.kind === 'absent'
    case 'fstab': {
      const bytes = await system.read(expected.path)
      const text = fstabText(bytes ?? Buffer.alloc(0))
      return expected.has.every((line) => hasLine(text, line))
    }
  }
}

/** Paths that are not what was planned. Rejects as System does. */
export async function unfulfilled(system: System, expected: readonly Expected[]): Promise<string[]> {
  const wrong: string[] = []
  for (const one of expected) if (!(await fulfilled(system, one))) wrong.push(one.path)
  return wrong
}

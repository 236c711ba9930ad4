// A volume as mkudffs makes it, in memory.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Every byte of a volume of `blocks` blocks; `options` are mkudffs's. mkudffs has to be installed. */
export function makeVolume(blocks: number, ...options: string[]): Buffer {
  const dir = mkdtempSync(path.join(tmpdir(), 'pktw-udf-'))
  const file = path.join(dir, 'disc.img')
  try {
    execFileSync('mkudffs', ['--new-file', '--blocksize=2048', ...options, file, String(blocks)], {
      stdio: 'pipe',
    })
    const image = Buffer.alloc(blocks * 2048)
    readFileSync(file).copy(image)
    return image
  } finally {
    rmSync(dir, { recursive: true })
  }
}

// The host's side of things: programs the lab needs, the mirror this machine uses, where images are kept.
import { access, constants, readdir, readFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'

/** Something the person running the lab must know or do. */
export class LabError extends Error {
  override name = 'LabError'
}

/** Program → Debian package. */
const needs: Record<string, string> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  mkudffs: 'udftools',
  xz: 'xz-utils',
  'dpkg-deb': 'dpkg',
  tar: 'tar',
}

const searchPath = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']

/** Absolute path of a program, or nothing. */
export const findProgram = async (name: string): Promise<string | undefined> => {
  for (const folder of searchPath) {
    const file = path.join(folder, name)
    try {
      await access(file, constants.X_OK)
      return file
    } catch {}
  }
  return undefined
}

/** Debian packages that are missing here, with the program each is wanted for. */
const missingPackages = async (): Promise<{ name: string; for: string }[]> => {
  const missing = []
  for (const [program, name] of Object.entries(needs)) {
    if (!(await findProgram(program))) missing.push({ name, for: program })
  }
  return missing
}

/**
 * Makes sure the host has what the lab needs: installs it as root on Debian, after saying so.
 * Throws LabError naming the packages where that is not possible, or the architecture where it is another than the guest's.
 */
export const requireHost = async (
  say: (line: string) => void,
  architecture: string = process.arch,
): Promise<void> => {
  if (architecture !== 'x64')
    throw new LabError(`The guest is one for amd64, and this machine is ${architecture}.`)
  const missing = await missingPackages()
  if (missing.length === 0) return
  const names = missing.map((m) => m.name)
  const why = missing.map((m) => `${m.name} (for ${m.for})`).join(', ')
  const apt = await findProgram('apt-get')
  if (process.getuid?.() !== 0 || !apt) {
    throw new LabError(
      `The lab needs these packages: ${why}. Install them: apt-get install ${names.join(' ')}`,
    )
  }
  say(`Installing what the lab needs on this machine: ${why}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const install = ['install', '-y', '--no-install-recommends', ...names]
  const first = await execa(apt, install, { env, reject: false })
  if (first.exitCode === 0) return
  await execa(apt, ['update'], { env, reject: false })
  const second = await execa(apt, install, { env, reject: false, all: true })
  if (second.exitCode !== 0) throw new LabError(`apt-get ${install.join(' ')} failed:\n${second.all}`)
}

/** The first Debian archive of this machine's apt configuration; the lab's images come from the same place. */
export const debianMirror = async (etc = '/etc/apt'): Promise<string> => {
  const files: string[] = [path.join(etc, 'sources.list')]
  try {
    for (const name of (await readdir(path.join(etc, 'sources.list.d'))).sort()) {
      files.push(path.join(etc, 'sources.list.d', name))
    }
  } catch {}
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '')
    const found = mirrorIn(text)
    if (found) return found
  }
  throw new LabError(
    `No Debian archive in ${etc}/sources.list or sources.list.d. Name one: PKTW_LAB_MIRROR=http://… npm run lab`,
  )
}

/** First URI of a Debian archive (its path ends in /debian) in one-line or deb822 form. */
export const mirrorIn = (text: string): string | undefined => {
  for (const line of text.split('\n')) {
    const one = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)/.exec(line)?.[1]
    const many = /^\s*URIs:\s*(.*)$/i.exec(line)?.[1]?.split(/\s+/)
    for (const uri of [one, ...(many ?? [])]) {
      if (uri && /^(https?|file|mirror\+\w+):.*\/debian\/?$/.test(uri)) return uri
    }
  }
  return undefined
}

/** Where images are kept between runs. */
export const cacheFolder = (): string =>
  process.env.PKTW_LAB_CACHE ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'pktw-lab')

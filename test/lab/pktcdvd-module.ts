// The kernel's pktcdvd for the lab: no Debian kernel has it, so it is built for bookworm's 6.1 from Debian's own source with
// pktcdvd.patch, once, and kept beside the images. Built on the host, in a root of bookworm's own: a compiler in the guest takes hours.
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { cacheFolder, LabError } from './host.ts'
import { bootstrap } from './images.ts'
import { type Recipe, recipeFor } from './recipe.ts'
import type { Context } from './scenario.ts'

const patchFile = path.resolve('test/lab/pktcdvd.patch')
const source = 'linux-source-6.1'
/** 8 is the default of the option that no Debian kernel has set. */
const makefile = 'obj-m := pktcdvd.o\nccflags-y := -DCONFIG_CDROM_PKTCDVD_BUFFERS=8\n'

/** What compiles a module for that kernel. */
const workshop = (release: string): Recipe => ({
  ...recipeFor('bookworm'),
  packages: [`linux-headers-${release}`, source, 'make', 'patch', 'xz-utils'],
})

async function build(release: string, patch: string, work: string): Promise<void> {
  const root = path.join(work, 'root')
  await bootstrap(workshop(release), root)
  const inside = async (argv: string[], input = ''): Promise<void> => {
    const ran = await execa('chroot', [root, ...argv], { input, reject: false, all: true })
    if (ran.exitCode !== 0)
      throw new LabError(`pktcdvd for ${release}, ${argv.join(' ')}:\n${ran.all.slice(-3000)}`)
  }
  await mkdir(path.join(root, 'build'))
  await inside([
    ...['tar', '-xJf', `/usr/src/${source}.tar.xz`, '-C', '/build', '--occurrence=1'],
    ...['--strip-components=3', `${source}/drivers/block/pktcdvd.c`],
  ])
  await inside(['patch', '--directory=/build', '--strip=3'], patch)
  await writeFile(path.join(root, 'build/Makefile'), makefile)
  await inside(['make', '-C', `/usr/src/linux-headers-${release}`, 'M=/build', 'modules'])
  await rename(path.join(root, 'build/pktcdvd.ko'), path.join(work, 'pktcdvd.ko'))
}

/** pktcdvd.ko for a release of bookworm's kernel, from the cache or made now (minutes). Rejects with LabError when it cannot be had. */
async function getModule(release: string): Promise<Buffer> {
  const patch = await readFile(patchFile, 'utf8')
  const key = createHash('sha256').update(`${patch}${makefile}`).digest('hex').slice(0, 12)
  const folder = path.join(cacheFolder(), `pktcdvd-${release}-${key}`)
  const kept = await readFile(path.join(folder, 'pktcdvd.ko')).catch(() => undefined)
  if (kept) return kept
  if (process.getuid?.() !== 0)
    throw new LabError(
      `Building pktcdvd for ${release} needs root (a bookworm root with a compiler). Run it once as root.`,
    )
  process.stderr.write(`building pktcdvd for ${release} (minutes, once)\n`)
  const work = `${folder}.${process.pid}`
  await mkdir(work, { recursive: true })
  try {
    await build(release, patch, work)
    await rm(path.join(work, 'root'), { recursive: true })
    await rename(work, folder)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return readFile(path.join(folder, 'pktcdvd.ko'))
}

/** Gives bookworm's kernel its pktcdvd, for whoever loads it (`modprobe pktcdvd`). */
export async function providePktcdvd(ctx: Context): Promise<void> {
  const release = (await ctx.must(['uname', '-r'])).stdout.trim()
  const target = `/usr/lib/modules/${release}/updates/pktcdvd.ko`
  await ctx.must(['mkdir', '-p', path.dirname(target)])
  await ctx.guest.push(target, await getModule(release), 0o644)
  await ctx.must(['depmod', release], { timeoutMs: 300_000 })
}

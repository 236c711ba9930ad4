// Discs for the lab: a medium with, where wanted, a UDF file system that mkudffs made on the host.
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { Disc, type DiscOptions } from '../drive/disc.ts'
import { loadImage } from '../drive/image.ts'
import type { DiscKind } from '../drive/kinds.ts'
import { cacheFolder, LabError } from './host.ts'

/**
 * Blocks in the lab. A CD has its real size; DVDs and BDs are cut to 256 MiB: nothing in the product depends on it,
 * and making the file system takes seconds instead of minutes.
 */
const sizes: Record<DiscKind, number> = {
  'cd-rw': 295264,
  'dvd-rw': 131072,
  'dvd+rw': 131072,
  'dvd-ram': 131072,
  'bd-re': 131072,
  'cd-rom': 65536,
  'cd-r': 65536,
  'audio-cd': 65536,
  'dvd-rom': 131072,
  'dvd-r': 131072,
}

/** mkudffs --media-type. BD-RE is a plain overwritable medium to UDF. */
const udfMedia: Partial<Record<DiscKind, string>> = {
  'cd-rw': 'cdrw',
  'dvd-rw': 'dvdrw',
  'dvd+rw': 'dvdrw',
  'dvd-ram': 'dvdram',
  'bd-re': 'hd',
  'cd-rom': 'cd',
  'dvd-rom': 'dvd',
}

/** A UDF image of that many blocks, from the cache or made now. */
const udfImage = async (media: string, blocks: number, label: string): Promise<string> => {
  const file = path.join(cacheFolder(), 'discs', `${media}-${blocks}-${label}.udf`)
  if (await stat(file).catch(() => undefined)) return file
  await mkdir(path.dirname(file), { recursive: true })
  const fresh = `${file}.${process.pid}`
  await rm(fresh, { force: true })
  const made = await execa(
    'mkudffs',
    [
      ...['--new-file', `--media-type=${media}`, '--blocksize=2048', `--label=${label}`],
      // An MBR would make the kernel look for partitions.
      ...(media === 'hd' ? ['--bootarea=erase'] : []),
      ...[fresh, String(blocks)],
    ],
    { reject: false, all: true },
  )
  if (made.exitCode !== 0) throw new LabError(`mkudffs --media-type=${media}: ${made.all}`)
  await rename(fresh, file)
  return file
}

export interface DiscWish extends DiscOptions {
  /** UDF volume label; no label, no file system. */
  udf?: string
  /** False: a volume without spare packets, as on a hard disk. As mkudffs makes it for the medium unless told. */
  spares?: boolean
}

/** Makes a disc. `udf` needs a kind that mkudffs knows and a formatted (or pressed) state. */
export const makeDisc = async (wish: DiscWish): Promise<Disc> => {
  const { udf, spares = true, ...options } = wish
  const disc = new Disc({ ...options, blocks: options.blocks ?? sizes[options.kind] })
  if (udf === undefined) return disc
  const media = spares ? udfMedia[options.kind] : 'hd'
  if (!media) throw new LabError(`mkudffs makes nothing for ${options.kind}`)
  loadImage(disc, await udfImage(media, disc.blocks, udf))
  return disc
}

// Which backends can write which medium, and why the others cannot.
import type { Backend, Medium } from './settings.ts'

/** Why a medium cannot be written so. Measured (direct), or read in the driver (pktcdvd: drivers/block/pktcdvd.c). */
const impossible: Record<Medium, Partial<Record<Backend, string>>> = {
  'cd-rw': {
    direct:
      'the kernel gives the drive single blocks, and a CD-RW takes whole packets only; drives that also write DVD-RAM let it be mounted all the same, and then every write fails',
  },
  'dvd-rw': {
    direct:
      'the kernel gives the drive single blocks, and a DVD-RW takes whole packets only; drives that also write DVD-RAM let it be mounted all the same, and then every write fails',
  },
  'dvd+rw': {},
  'dvd-ram': {},
  'bd-re': { pktcdvd: 'pktcdvd does not know this medium' },
}

const all: readonly Backend[] = ['engine', 'direct', 'pktcdvd', 'none']

/** What the medium may be set to. */
export const backendsOf = (medium: Medium): Backend[] =>
  all.filter((backend) => impossible[medium][backend] === undefined)

/** Why not; undefined for what is no backend, or one that can. */
export const whyNot = (medium: Medium, backend: string): string | undefined =>
  impossible[medium][backend as Backend]

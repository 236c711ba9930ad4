// The order that a call to Prepare ends in: what it says of the disc, and of whose consent.
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Look } from '../../src/daemon/look.ts'
import { placeOrder } from '../../src/daemon/preparing.ts'
import { discStateOf } from '../../src/disc/disc-state.ts'
import { parseOrder } from '../../src/system/preparation.ts'
import { machine } from '../cli/machine.ts'

/** Of a DVD+RW that was virgin when it came; what has been done to it since, udev does not know. */
const properties = (state: string) => ({
  ...{ DISKSEQ: '7', ID_CDROM: '1', ID_CDROM_MEDIA: '1', ID_CDROM_MEDIA_DVD_PLUS_RW: '1' },
  ...{ ID_CDROM_MEDIA_STATE: 'blank', PKTW_STATE: state, PKTW_MEDIUM: 'dvd+rw' },
})

async function orderFor(state: string, erase: boolean) {
  const system = machine(
    { '/run/pktw/prepare/keep': '' },
    { getent: { stdout: 'alice:x:1000:1000::/:/bin/sh\n' } },
  )
  mkdirSync(path.join(system.root, 'run/pktw/prepare'), { recursive: true })
  const found = properties(state)
  const look = { drive: 'sr0', properties: found, disc: discStateOf(found, 'sr0') } as unknown as Look
  const tools = { system } as unknown as Parameters<typeof placeOrder>[0]
  const disc = { diskseq: '7', profile: 0x1a }
  await placeOrder(tools, look, disc, { label: 'X', full: false, erase }, { uid: 1000, startedAt: 1 })
  return parseOrder(readFileSync(path.join(system.root, 'run/pktw/prepare/sr0.order'), 'utf8'))
}

test.each([
  ['blank', false, undefined],
  ['unformatted', false, undefined],
  ['ready', false, 'had'],
  ['unformatted', true, undefined],
  ['sequential', true, undefined],
] as const)('a disc that udev knows as %s, erase: %s', async (state, erase, format) => {
  const order = await orderFor(state, erase)
  expect([order?.erase, order?.format]).toEqual([erase, format])
})

// A recovery meets a packet that the medium refuses, and no copy of it can be kept: fsync was answered for it, and the journal is all that has it.
import { expect, test } from 'vitest'
import { Disc } from '../drive/index.ts'
import { stage } from './harness.ts'
import { ModelDisk } from './model-disk.ts'
import { flush, volume, write } from './volume.ts'

const journalDir = '/var/lib/pktw/discs/journal'
const bad = 40
const newDisc = () => volume(new Disc({ kind: 'dvd+rw', blocks: 4096 }), 1)

function begin(disc: Disc, journalDisk: ModelDisk, boot: string) {
  const options = { journalDir, journalDisk, boot }
  const staged = stage({ kind: 'dvd+rw', blocks: 4096 }, { profile: 'dvdrw' }, options)
  staged.drive.swap(disc)
  return staged
}

test('the start ends, and the next one finds all of it', async () => {
  const disk = new ModelDisk()
  const client = await (await begin(newDisc(), disk, 'first').start()).attach()
  await write(client, bad, 5)
  await write(client, bad + 1, 6)
  await flush(client)
  // The power goes, before the disc has any of it.
  const left = disk.copy()
  const disc = newDisc()

  left.fail({ error: 'ENOSPC', calls: ['mkdir', 'create', 'append'], path: /kept-packets-/ })
  const refusing = begin(disc, left, 'second')
  refusing.drive.faults.failSector(bad * 16, 'write')
  await expect(refusing.start()).rejects.toThrow('no copy of it can be kept')
  left.heal()

  const next = await begin(disc, left, 'third').start()
  for (const [packet, fill] of [
    [bad, 5],
    [bad + 1, 6],
  ] as const)
    expect(Buffer.from(disc.read(packet * 16, 16)).equals(Buffer.alloc(16 * 2048, fill))).toBe(true)
  expect(next.session.status().losses).toBeUndefined()
  await next.session.stop('end')
})

// The demo where no virtual machine can be had: the same decisions and the same engine, in this process, with the
// emulated drive where the kernel's would be and an NBD client where the file system would be.
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type Session, startSession } from '../../src/engine/session.ts'
import { decide } from '../../src/media/decide.ts'
import { systemClock } from '../../src/mmc/clock.ts'
import { eject } from '../../src/mmc/commands.ts'
import { examine } from '../../src/mmc/examine.ts'
import { Disc, Drive } from '../drive/index.ts'
import { RawClient } from '../nbd/memory.ts'
import type { Story } from './demo-story.ts'

const silent = { error: () => {}, warning: () => {}, info: () => {} }
const blockBytes = 2048
const nbd = { read: 0, write: 1, flush: 3 } as const

/** Rejects when something does not hold. */
export const engineDemo = async (story: Story): Promise<void> => {
  const drive = new Drive({ profile: 'supermulti' })
  const disc = new Disc({ kind: 'cd-rw', blocks: 32_768 })
  drive.insert(disc)
  story.tell('A CD-RW formatted for packets goes into an emulated drive that can also write DVD-RAM.')

  const facts = await examine(drive.transport(), { deadlineMs: 10_000, clock: systemClock })
  const decision = decide(facts)
  story.show('the drive answers; pktw decides', {
    profile: `${facts.profile.toString(16).padStart(4, '0')}h`,
    state: decision.state,
    packet: `${decision.packetBlocks} blocks`,
  })
  story.expect('it is ready for packet writing', decision.state === 'ready')

  const sessions: Session[] = []
  const runtimeDir = await mkdtemp(path.join(os.tmpdir(), 'pktw-demo-'))
  try {
    const take = async (diskseq: string) => {
      const session = await startSession({
        drive: 'sr0',
        transport: drive.transport(),
        runtimeDir,
        diskseq: () => diskseq,
        log: silent,
      })
      sessions.push(session)
      return session
    }
    const first = await take('1')
    story.tell('The engine takes the disc up and offers it as a block device over NBD; the door is locked.')
    const client = new RawClient(first.nbdSocket)
    await client.go()

    const text = Buffer.alloc(50 * blockBytes, 'written in pieces of 2 KiB, as a file system does; ')
    for (let block = 0; block < 50; block++) {
      const piece = text.subarray(block * blockBytes, (block + 1) * blockBytes)
      client.request(nbd.write, (1000 + block) * blockBytes, piece.length)
      client.send(piece)
      story.quietly('a write is answered without error', (await client.reply()).error === 0)
    }
    client.request(nbd.flush, 0, 0)
    story.expect('50 writes of 2 KiB are taken, and a flush is answered', (await client.reply()).error === 0)
    const writes = [...disc.writes.values()]
    story.show('what the medium saw', {
      'packets of 32 blocks': writes.length,
      'each of them': `${Math.max(...writes)} time`,
    })
    story.expect('each packet was written once, as a whole', writes.length === 2 && Math.max(...writes) === 1)

    story.expect(
      'the eject button is heard, and the tray stays shut for now',
      drive.pressEject() === 'requested',
    )
    await client.close()
    const end = await first.stop('eject button')
    story.expect('the engine releases the disc, and everything is on it', end.exitCode === 0)
    // No kernel closes sr0 here, which would unlock the door. pktw-eject@.service does not rely on that: it unlocks it itself.
    await eject(drive.transport())
    story.expect('the tray comes out', drive.trayOpen)

    drive.closeTray()
    story.tell('The disc goes in again.')
    const second = await take('2')
    const again = new RawClient(second.nbdSocket)
    await again.go()
    again.request(nbd.read, 1000 * blockBytes, text.length)
    story.quietly('the read is answered', (await again.reply()).error === 0)
    story.expect('the same bytes come back', (await again.take(text.length)).equals(text))
    await again.close()
    await second.stop('end of the demo')
  } finally {
    for (const session of sessions) await session.stop('end of the demo')
    await rm(runtimeDir, { recursive: true, force: true })
  }
}

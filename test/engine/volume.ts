// Discs and writes that the tests of the journal have in common.
import { expect } from 'vitest'
import type { Disc } from '../drive/index.ts'
import type { RawClient } from '../nbd/memory.ts'

export const packetBytes = 32 * 1024

/** A volume as far as a journal looks at it: anchor at 256, logical volume at 33, integrity descriptor at 64. */
export function volume(disc: Disc, serial: number): Disc {
  const put = (lba: number, tag: number, fill: (b: Buffer) => void = () => undefined) => {
    const block = Buffer.alloc(2048, serial)
    block.writeUInt16LE(tag, 0)
    fill(block)
    disc.put(lba, block)
  }
  put(256, 2, (b) => {
    b.writeUInt32LE(16 * 2048, 16)
    b.writeUInt32LE(32, 20)
  })
  put(32, 1)
  put(33, 6, (b) => {
    b.writeUInt32LE(2048, 432)
    b.writeUInt32LE(64, 436)
  })
  put(64, 9)
  return disc
}

/** Writes one packet of one byte. */
export async function write(client: RawClient, packet: number, fill: number): Promise<void> {
  client.request(1, packet * packetBytes, packetBytes)
  client.send(Buffer.alloc(packetBytes, fill))
  expect((await client.reply()).error).toBe(0)
}

/** Gives the errno. */
export async function tryFlush(client: RawClient): Promise<number> {
  client.request(3, 0, 0)
  return (await client.reply()).error
}

export const flush = async (client: RawClient): Promise<void> => expect(await tryFlush(client)).toBe(0)

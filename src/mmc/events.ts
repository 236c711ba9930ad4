// GET EVENT STATUS NOTIFICATION (MMC-6 §6.7), polled: the button and the disc, for whoever keeps the kernel from polling.
import { cdb, put, u8, u16 } from './fields.ts'
import { opcode } from './opcodes.ts'
import type { Command } from './transport.ts'

const MEDIA_CLASS = 4

export const getMediaEvent = (): Command => ({
  cdb: put(cdb(10, opcode.getEventStatusNotification, { 1: 0x01, 4: 1 << MEDIA_CLASS }), 7, 2, 8),
  dataIn: 8,
  timeoutMs: 10_000,
})

export interface MediaEvent {
  event: 'none' | 'eject-request' | 'new-media' | 'removal' | 'changed' | 'format-done' | 'format-restarted'
  present: boolean
  trayOpen: boolean
}

const events = [
  'none',
  'eject-request',
  'new-media',
  'removal',
  'changed',
  'format-done',
  'format-restarted',
] as const

/** @returns undefined when the drive has no media events (NEA set, or another class came). */
export function decodeMediaEvent(reply: Uint8Array): MediaEvent | undefined {
  const length = u16(reply, 0)
  const eventClass = u8(reply, 2)
  const code = u8(reply, 4)
  const status = u8(reply, 5)
  if (length === undefined || length < 4 || eventClass === undefined || status === undefined) return undefined
  if ((eventClass & 0x80) !== 0 || (eventClass & 0x07) !== MEDIA_CLASS) return undefined
  const event = events[(code as number) & 0x0f]
  if (event === undefined) return undefined
  return { event, present: (status & 0x02) !== 0, trayOpen: (status & 0x01) !== 0 }
}
